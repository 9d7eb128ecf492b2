"""`POST /v2/signal-outputs/ingest`: programs hand in a signal (CONTRACTS A0)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from signals.api.keys import KeyAuthentication, MayIngest
from signals.api.signals import SignalSerializer
from signals.api.strict import IdField, StrictSerializer
from signals.services import ingest

_NONE: Any = {"required": False, "allow_null": True, "allow_blank": True}


class IngestSerializer(StrictSerializer):
    """Describes the body; `signals.payload` reads it.

    Every field may be left out, though not all. `ticker`, `event_type`, `event_date`,
    `source`, the layers and the factors are also taken from a `content` that is
    an object, and from `metadata`.
    """

    task_id = IdField(**_NONE, max_length=100)
    task_name = IdField(**_NONE, max_length=200)
    run_id = IdField(**_NONE, max_length=64)
    user_id = IdField(**_NONE, max_length=100)
    output_type = IdField(**_NONE, max_length=50)
    content = serializers.JSONField(required=False, allow_null=True)
    metadata = serializers.DictField(required=False, allow_null=True)
    ticker = IdField(**_NONE, max_length=50)
    event_type = IdField(**_NONE, max_length=100)
    event_date = serializers.DateField(required=False, allow_null=True)
    source = IdField(  # type: ignore[assignment]  # also an attribute of Field
        **_NONE, max_length=100
    )
    status = serializers.ChoiceField(["new"], required=False, allow_null=True)
    layer1_result = serializers.JSONField(required=False, allow_null=True)
    layer2_result = serializers.JSONField(required=False, allow_null=True)
    layer3_result = serializers.JSONField(required=False, allow_null=True)
    signal_factors = serializers.JSONField(required=False, allow_null=True)
    idempotency_key = serializers.CharField(required=False, max_length=200)


@extend_schema(tags=["signal outputs"])
class IngestView(APIView):
    """Store a signal output: 201, or 200 with the one stored earlier under the same key.

    The key is the header `Idempotency-Key`, else `idempotency_key` in the body, else the
    header `webhook-id` (Standard Webhooks) with the run's id.
    """

    authentication_classes = [KeyAuthentication]
    permission_classes = [MayIngest]
    #: The key stays with the signal, for longer than `config.idempotency` keeps an answer.
    has_own_keys = True

    @property
    def max_body_bytes(self) -> int:
        """What `config.api.LimitedJSONParser` takes at most."""
        return settings.SIGNALS.max_body_bytes

    @extend_schema(
        request=IngestSerializer,
        responses={200: SignalSerializer, 201: SignalSerializer},
        parameters=[
            OpenApiParameter("Idempotency-Key", location="header"),
            OpenApiParameter("webhook-id", location="header"),
        ],
    )
    def post(self, request: Request) -> Response:
        payload = dict(request.data)
        in_body = payload.pop("idempotency_key", None)
        key = request.headers.get("Idempotency-Key") or in_body
        if key is not None and not isinstance(key, str):
            raise serializers.ValidationError({"idempotency_key": ["Must be a text."]})
        signal, created = ingest(
            payload,
            idempotency_key=key or _of_webhook(request, payload),
            actor="api",
        )
        return Response(SignalSerializer(signal).data, status=201 if created else 200)


def _of_webhook(request: Request, payload: Mapping[str, Any]) -> str | None:
    webhook_id = request.headers.get("webhook-id")
    if not webhook_id:
        return None
    return f"webhook:{payload.get('run_id', '')}:{webhook_id}"
