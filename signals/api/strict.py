"""Parts that the serializers of every app share: nothing is shrugged at, nothing unclean kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from signals.sanitise import clean_json


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer to which a field that it does not know is an error naming the field.

    Read-only fields are known, so what was read can be sent back.
    """

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = [str(key) for key in data if key not in self.fields]
            if unknown:
                known = ", ".join(
                    name for name, field in self.fields.items() if not field.read_only
                )
                message = f"Unknown field. Known are: {known}."
                raise serializers.ValidationError({key: [message] for key in unknown})
        return super().to_internal_value(data)


class CleanJSONField(serializers.JSONField):
    """Any JSON, without what a database cannot store (NUL, lone surrogates, extreme depth)."""

    def to_internal_value(self, data: Any) -> Any:
        return clean_json(super().to_internal_value(data))


class IdField(serializers.CharField):
    """An id of the outside world as text; a JSON integer is taken as its digits."""
