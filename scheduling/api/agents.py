"""`/v2/admin/agents/`: the agents, for staff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import ProtectedError, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response

from notifications.encryption import mask_secret
from scheduling.exceptions import Conflict
from scheduling.models import Agent
from signals.api.strict import CleanJSONField, StrictSerializer

_MASK = mask_secret("short")


class AgentSerializer(StrictSerializer):
    """An agent. `credentials` go in and are shown masked; a masked value sent back stays."""

    id = serializers.SlugField(max_length=100)
    name = serializers.CharField(max_length=200)
    backend = serializers.CharField(max_length=50)
    options = CleanJSONField(required=False)
    credentials = serializers.DictField(
        child=serializers.CharField(trim_whitespace=False), required=False
    )
    system_prompt = serializers.CharField(
        required=False, allow_blank=True, trim_whitespace=False
    )
    active = serializers.BooleanField(required=False)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        shown["credentials"] = {
            name: mask_secret(value) for name, value in instance.credentials.items()
        }
        return shown

    def validate_id(self, value: str) -> str:
        if self.instance is None and Agent.objects.filter(id=value).exists():
            raise serializers.ValidationError(f"{value!r} is taken: choose another id.")
        if self.instance is not None and value != self.instance.pk:
            raise serializers.ValidationError(
                f"{value!r} is another agent: an id stays."
            )
        return value

    def validate_credentials(self, value: dict[str, str]) -> dict[str, str]:
        kept = self.instance.credentials if self.instance is not None else {}
        unmasked = {
            name: kept[name]
            if name in kept and text == mask_secret(kept[name])
            else text
            for name, text in value.items()
        }
        for name, text in unmasked.items():
            if text.startswith(_MASK):
                raise serializers.ValidationError(
                    f"{name}: this is a mask; give the value itself."
                )
        return unmasked

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance is not None and self._leaks(attrs):
            message = (
                "The agent talks to another host now, and these were given for the old "
                "one: give them again."
            )
            raise serializers.ValidationError({"credentials": [message]})
        return attrs

    def _leaks(self, attrs: Mapping[str, Any]) -> bool:
        """Whether a kept secret would go to a host it was not given for."""
        agent: Any = self.instance
        body: Any = self.initial_data
        given = body.get("credentials") or {}
        credentials = attrs.get("credentials", agent.credentials)
        kept = {
            name
            for name in credentials
            if not given.get(name) or given[name].startswith(_MASK)
        }
        moved = attrs.get("backend", agent.backend) != agent.backend or (
            _hosts(attrs.get("options", agent.options)) != _hosts(agent.options)
        )
        return moved and bool(kept)


class AgentFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Each is compared exactly."""

    class Meta:
        model = Agent
        fields = ("backend", "active")


@extend_schema(tags=["agents"])
class AgentViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Agent],
):
    """Who does the thinking: a backend with its options and credentials."""

    queryset = Agent.objects.all()
    serializer_class = AgentSerializer
    permission_classes = [IsAdminUser]
    filterset_class = AgentFilter

    def get_queryset(self) -> QuerySet[Agent]:
        rows = super().get_queryset()
        if self.action in ("update", "partial_update"):
            return rows.select_for_update()
        return rows

    def create(self, request: Request) -> Response:
        """Create an agent. A wrong option is an error that names it."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        agent = Agent(**serializer.validated_data)
        agent.full_clean()
        agent.save(force_insert=True)
        return Response(self.get_serializer(agent).data, status=201)

    def update(self, request: Request, pk: str) -> Response:
        """Change an agent; `options` and `credentials`, when given, replace the old ones."""
        return self._change(request, partial=False)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is given."""
        return self._change(request, partial=True)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete an agent. 409 while a task uses it."""
        try:
            self.get_object().delete()
        except ProtectedError as error:
            names = ", ".join(
                sorted(str(each.pk) for each in error.protected_objects)[:5]
            )
            raise Conflict(
                f"The agent {pk!r} is used by tasks ({names}): give them another agent, "
                "or switch this one off."
            ) from error
        return Response(status=204)

    def _change(self, request: Request, *, partial: bool) -> Response:
        with transaction.atomic():
            agent = self.get_object()
            serializer = self.get_serializer(agent, data=request.data, partial=partial)
            serializer.is_valid(raise_exception=True)
            for name, value in serializer.validated_data.items():
                setattr(agent, name, value)
            agent.full_clean()
            agent.save()
        return Response(self.get_serializer(agent).data)


def _hosts(options: Any) -> set[str]:
    """The hosts that the options name, wherever they name them."""
    if isinstance(options, Mapping):
        return set().union(*(_hosts(value) for value in options.values()))
    if isinstance(options, list):
        return set().union(*(_hosts(value) for value in options))
    if isinstance(options, str) and "://" in options:
        return {urlsplit(options).netloc.lower()}
    return set()
