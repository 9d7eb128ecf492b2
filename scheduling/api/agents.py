"""`/v2/admin/agents/`: the agents, for staff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import ProtectedError
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from notifications.encryption import DecryptionError, mask_secret
from scheduling import services
from scheduling.api.changing import ChangingViewSet
from scheduling.api.fields import CostField, CountField
from scheduling.api.webhooks import UNREADABLE
from scheduling.credentials import carried_elsewhere
from scheduling.exceptions import Conflict
from scheduling.models import Agent
from signals.api.permissions import StaffOnly
from signals.api.strict import CleanObjectField, StrictSerializer

_MASK = mask_secret("short")


class AgentSerializer(StrictSerializer):
    """An agent. `credentials` go in and are shown masked; a masked value sent back stays."""

    id = serializers.SlugField(max_length=100)
    name = serializers.CharField(max_length=200)
    backend = serializers.CharField(max_length=50)
    options = CleanObjectField(required=False)
    credentials = serializers.DictField(
        child=serializers.CharField(trim_whitespace=False), required=False
    )
    system_prompt = serializers.CharField(
        required=False, allow_blank=True, trim_whitespace=False
    )
    active = serializers.BooleanField(required=False)
    run_cost_limit = CostField()
    run_tokens_limit = CountField(help_text="In and out together.")
    run_tool_calls_limit = CountField()
    day_cost_limit = CostField()
    month_cost_limit = CostField()
    max_concurrent = CountField(
        help_text="Runs at the same time, of all its tasks; the others wait."
    )
    blocked_reason = serializers.CharField(
        read_only=True, help_text="Why its tasks are not run; empty: they are."
    )
    blocked_at = serializers.DateTimeField(read_only=True, allow_null=True)
    checked_at = serializers.DateTimeField(read_only=True, allow_null=True)
    version = serializers.IntegerField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        try:
            masked = {
                name: mask_secret(str(value))
                for name, value in instance.credentials.items()
            }
        except DecryptionError:
            # One lost key must not take the list with it.
            masked, instance.credentials = {UNREADABLE: _MASK}, {}
        shown: dict[str, Any] = super().to_representation(instance)
        return shown | {"credentials": masked}

    def validate_id(self, value: str) -> str:
        if self.instance is None and Agent.objects.filter(id=value).exists():
            raise serializers.ValidationError(f"{value!r} is taken: choose another id.")
        if self.instance is not None and value != self.instance.pk:
            raise serializers.ValidationError(
                f"{value!r} is another agent: an id stays."
            )
        return value

    def validate_credentials(self, value: dict[str, str]) -> dict[str, str]:
        kept = _readable(self.instance)
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
        if self.instance is not None and (message := self._leak(attrs)):
            raise serializers.ValidationError({"credentials": [message]})
        return attrs

    def _leak(self, attrs: Mapping[str, Any]) -> str:
        """What is wrong when a kept secret would go where it was not given for."""
        agent: Any = self.instance
        body: Any = self.initial_data
        given = body.get("credentials") or {}
        credentials = attrs.get("credentials", _readable(agent))
        kept = [
            name
            for name in credentials
            if not given.get(name) or str(given[name]).startswith(_MASK)
        ]
        new = (
            attrs.get("backend", agent.backend),
            attrs.get("options", agent.options),
        )
        return carried_elsewhere((agent.backend, agent.options), new, kept)


class FindingSerializer(serializers.Serializer[Any]):
    """What a check has looked at."""

    name = serializers.CharField(
        help_text="Such as `key`, `address`, `model`, `tools`."
    )
    ok = serializers.BooleanField()
    words = serializers.CharField()
    passing = serializers.BooleanField(
        help_text="Not well, but only for now: no task is blocked for that."
    )


class CheckSerializer(serializers.Serializer[Any]):
    """Whether an agent could run now."""

    ok = serializers.BooleanField()
    findings = FindingSerializer(many=True)


class AgentFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Each is compared exactly."""

    class Meta:
        model = Agent
        fields = ("backend", "active")


@extend_schema_view(
    update=extend_schema(
        description="Change an agent; `options` and `credentials`, when given, replace the old ones."
    ),
    destroy=extend_schema(
        description="Delete an agent. 409 while a task uses it.", responses={204: None}
    ),
)
@extend_schema(tags=["agents"])
class AgentViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    ChangingViewSet[Agent],
):
    """Who does the thinking: a backend with its options and credentials."""

    queryset = Agent.objects.all()
    serializer_class = AgentSerializer
    permission_classes = [IsAuthenticated, StaffOnly]
    filterset_class = AgentFilter

    def create(self, request: Request) -> Response:
        """Create an agent. A wrong option is an error that names it."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        agent = services.create_agent(
            fields=serializer.validated_data, user=request.user
        )
        return Response(self.get_serializer(agent).data, status=201)

    def delete_row(self, row: Agent) -> Response:
        try:
            row.delete()
        except ProtectedError as error:
            names = ", ".join(
                sorted(str(each.pk) for each in error.protected_objects)[:5]
            )
            raise Conflict(
                f"The agent {row.pk!r} is used by tasks ({names}): give them another agent, "
                "or switch this one off."
            ) from error
        return Response(status=204)

    @extend_schema(request=None, responses=CheckSerializer)
    def check(self, request: Request, pk: str) -> Response:
        """Look whether the agent could run now, without running it; takes up to ten seconds.

        A fault that somebody has to mend blocks its tasks with that reason; an agent that is
        found well is no longer blocked.
        """
        findings = services.check_agent(self.get_object())
        shown = {"ok": all(each.ok for each in findings), "findings": findings}
        return Response(CheckSerializer(shown).data)

    def save(self, row: Agent, fields: dict[str, Any]) -> None:
        services.update_agent(row, fields=fields, user=self.request.user)


def _readable(agent: Any) -> dict[str, Any]:
    """The stored credentials; none where the key is lost, so that they can be given anew."""
    try:
        stored: dict[str, Any] = agent.credentials if agent is not None else {}
    except DecryptionError:
        return {}
    return stored
