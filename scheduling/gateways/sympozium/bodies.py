"""What a client of Sympozium says of a schedule."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from scheduling.gateways.sympozium.errors import Refused
from scheduling.interop import sympozium_spec
from scheduling.models.defaults import default_timezone
from scheduling.models.task import MAX_PROMPT_CHARS
from scheduling.wall_clock import ScheduleError
from signals.api.strict import StrictSerializer

REQUIRED = "agentRef, schedule, and task are required"
_PART = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_NAME = re.compile(rf"{_PART}(\.{_PART})*")
_NAMESPACE = re.compile(_PART)
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_MAX_NAME = 200
#: What a column is called there.
WORDS = {
    "cron_expression": "schedule",
    "interval_seconds": "schedule",
    "timezone": "schedule",
    "input_message": "task",
    "agent": "agentRef",
    "active": "suspend",
    "overlap": "concurrencyPolicy",
    "include_memory": "includeMemory",
    "first_run": "firstTick",
}


class PatchBody(StrictSerializer):
    """What may be changed; an empty text says nothing, as in Go."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Their names are not those of attributes here."""
        choice = serializers.ChoiceField
        return {
            "schedule": serializers.CharField(
                required=False, allow_blank=True, max_length=200
            ),
            "task": serializers.CharField(
                required=False, allow_blank=True, trim_whitespace=False, max_length=MAX_PROMPT_CHARS,
            ),
            "type": choice(sympozium_spec.TYPES, required=False, allow_blank=True),
            "suspend": serializers.BooleanField(required=False),
            "concurrencyPolicy": choice(
                list(sympozium_spec.OVERLAPS), required=False, allow_blank=True
            ),
            "includeMemory": serializers.BooleanField(required=False),
        }  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in attrs.items() if value != ""}


class NewBody(PatchBody):
    """A new schedule; `instanceRef` is what `agentRef` was called before."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        text: dict[str, Any] = {"required": False, "allow_blank": True}
        return {
            "name": serializers.CharField(max_length=_MAX_NAME, **text),
            "agentRef": serializers.CharField(max_length=100, **text),
            "instanceRef": serializers.CharField(max_length=100, **text),
            **super().get_fields(),
            "firstTick": serializers.ChoiceField(
                list(sympozium_spec.FIRST_RUNS), **text
            ),
        }

    def validate_name(self, value: str) -> str:
        if value and not _NAME.fullmatch(value):
            raise serializers.ValidationError(
                f"{value!r:.80} is no name: expected a-z, 0-9, '-' and '.', such as nightly-report."
            )
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raises `Refused` when one of the three is missing."""
        said = super().validate(attrs)
        agent = said.pop("instanceRef", "")
        said.setdefault("agentRef", agent)
        if not (said["agentRef"] and said.get("schedule") and said.get("task")):
            raise Refused(REQUIRED)
        return {**sympozium_spec.DEFAULTS, **said}


def columns_of(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that a valid body sets. Raises DRF's `ValidationError`."""
    try:
        return sympozium_spec.columns(said, default_timezone())
    except ScheduleError as error:
        raise serializers.ValidationError({"schedule": [str(error.at_the_field)]}) from error  # fmt: skip
    except ValueError as error:
        raise serializers.ValidationError({"schedule": [str(error)]}) from error


def namespace_of(query: Mapping[str, str]) -> str:
    """Return `?namespace=`, without one `default`. Raises `Refused`."""
    name = query.get("namespace") or "default"
    if len(name) > 63 or not _NAMESPACE.fullmatch(name):
        raise Refused(f"namespace: {name!r:.80} is none: expected a-z, 0-9 and '-'.")
    return name


def generated(agent: str) -> str:
    """Return a name for a schedule of `agent` that has none."""
    ending = "".join(secrets.choice(_LETTERS) for _ in range(5))
    return f"{agent.lower().replace('_', '-').strip('-')}-schedule-{ending}"
