"""`/v2/signal-outputs/claim`, `/{id}/complete`, `/{id}/fail`, `/{id}/extend`: downstream jobs."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema, extend_schema_field
from knox.auth import TokenAuthentication
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from signals import services
from signals.api.keys import KeyAuthentication, MayConsume
from signals.api.signals import SignalSerializer
from signals.api.strict import CleanJSONField, StrictSerializer


@extend_schema_field(
    {
        "type": "number",
        "minimum": 0,
        "exclusiveMinimum": True,
        "maximum": services.LONGEST_LEASE_SECONDS,
    }
)
class LeaseSecondsField(serializers.FloatField):
    """How long a lease lasts, which `signals.services` judges."""


class ClaimSerializer(StrictSerializer):
    """Who claims how much, for how long, of what."""

    consumer = serializers.CharField(max_length=100)
    limit = serializers.IntegerField(default=1, min_value=1)
    lease_seconds = LeaseSecondsField(
        required=False, help_text="Default: SIGNALS_CLAIM_LEASE_SECONDS."
    )
    ticker = serializers.CharField(required=False, max_length=50)
    event_type = serializers.CharField(required=False, max_length=100)
    event_date = serializers.DateField(required=False)
    source = serializers.CharField(  # type: ignore[assignment]  # also an attribute of Field
        required=False, max_length=100
    )
    task_id = serializers.CharField(required=False, max_length=100)


class ClaimedSerializer(serializers.Serializer[Any]):
    """The signals taken and the token that holds them; both empty when nothing waits."""

    lease_token = serializers.UUIDField(allow_null=True)
    lease_expires_at = serializers.DateTimeField(allow_null=True)
    signals = SignalSerializer(many=True)


class LeaseSerializer(StrictSerializer):
    """The token that `claim` gave."""

    lease_token = serializers.UUIDField()


class CompleteSerializer(LeaseSerializer):
    """The token, and what came of the signal."""

    result = CleanJSONField(required=False, allow_null=True, default=None)


class FailSerializer(LeaseSerializer):
    """The token, why it failed, and whether another consumer may try."""

    error = serializers.CharField(max_length=10_000)
    retry = serializers.BooleanField(default=False)


class ExtendSerializer(LeaseSerializer):
    """The token, and for how long from now."""

    lease_seconds = LeaseSecondsField(required=False)


class LeaseView(APIView):
    """For jobs with the internal key, and for staff who may consume signals."""

    authentication_classes = [
        TokenAuthentication,
        SessionAuthentication,
        KeyAuthentication,
    ]
    permission_classes = [MayConsume]

    def given(
        self, request: Request, serializer_class: type[StrictSerializer]
    ) -> dict[str, Any]:
        serializer = serializer_class(data=request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


@extend_schema(tags=["signal outputs"])
class ClaimView(LeaseView):
    """Take the oldest waiting signals under a lease; nobody else gets them meanwhile."""

    @extend_schema(request=ClaimSerializer, responses={200: ClaimedSerializer})
    def post(self, request: Request) -> Response:
        given = self.given(request, ClaimSerializer)
        most = settings.SIGNALS.claim_limit
        if given["limit"] > most:
            raise serializers.ValidationError(
                {
                    "limit": [
                        f"{given['limit']} is more than {most}, the most of one claim."
                    ]
                }
            )
        signals = services.claim(**given)
        first = signals[0] if signals else None
        claimed = {
            "lease_token": first and first.lease_token,
            "lease_expires_at": first and first.lease_expires_at,
            "signals": signals,
        }
        return Response(ClaimedSerializer(claimed).data)


@extend_schema(tags=["signal outputs"])
class CompleteView(LeaseView):
    """End a claimed signal well. 409 when the lease was lost."""

    @extend_schema(request=CompleteSerializer, responses={200: SignalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(request, CompleteSerializer)
        return _answer(services.complete(pk, **given))


@extend_schema(tags=["signal outputs"])
class FailView(LeaseView):
    """End a claimed signal badly, or give it back. 409 when the lease was lost."""

    @extend_schema(request=FailSerializer, responses={200: SignalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(request, FailSerializer)
        token: uuid.UUID = given["lease_token"]
        return _answer(services.fail(pk, token, given["error"], retry=given["retry"]))


@extend_schema(tags=["signal outputs"])
class ExtendView(LeaseView):
    """Hold a claimed signal longer. 409 when the lease was lost."""

    @extend_schema(request=ExtendSerializer, responses={200: SignalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(request, ExtendSerializer)
        return _answer(services.extend(pk, **given))


def _answer(signal: Any) -> Response:
    return Response(SignalSerializer(signal).data)
