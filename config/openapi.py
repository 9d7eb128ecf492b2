"""The OpenAPI document: what all paths have in common is said here, once.

`REST_FRAMEWORK` names `Document`, `SPECTACULAR_SETTINGS` the hook `with_common_parts`.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from config.idempotency import HEADER, KEY_PATTERN
from config.problems import MEDIA_TYPE
from scheduling.api.preconditions import ASKED, Tagged
from signals.api.strict import MOMENT, IdField, StrictSerializer

_ALIASES = {"scheduled_tasks": "tasks"}
_VERBS = {
    "list": "list",
    "create": "create",
    "retrieve": "get",
    "update": "replace",
    "partial_update": "update",
    "destroy": "delete",
}
_METHODS = {"GET": "get", "PUT": "replace", "PATCH": "update", "DELETE": "delete"}
_SLUG = "^[-a-zA-Z0-9_]+$"


class Document(AutoSchema):
    """Describes one operation, with the problems that any of its kind may answer."""

    def get_operation_id(self) -> str:
        """`list_tasks`, `get_task_version`, `pause_task`: a name for a function of a client."""
        parts = self.path.strip("/").split("/")
        names = [
            each.replace("-", "_")
            for each in parts
            if each not in ("v2", "admin") and not each.startswith("{")
        ]
        *owners, last = [_ALIASES.get(each, each) for each in names]
        owner = "_".join(map(_one, owners))
        whole = f"{owner}_{last}" if owner else last
        action = (
            "list" if self._is_list_view() else str(getattr(self.view, "action", ""))
        )
        verb = _VERBS.get(action) or _METHODS.get(self.method)
        if verb is None:  # a verb of our own: …/{id}/pause
            return f"{last}_{owner}" if owner else last
        is_one = verb == "create" or parts[-1].startswith("{")
        return f"{verb}_{_one(whole) if is_one else whole}"

    def _map_serializer_field(self, field: Any, direction: str, *args: Any) -> Any:
        # Of a read-only field DRF forgets that its column may be empty.
        if field.read_only and isinstance(field, serializers.ChoiceField):
            model = getattr(getattr(field.parent, "Meta", None), "model", None)
            column = model and model._meta.get_field(field.source)  # noqa: SLF001 -- Django's documented API
            field.allow_blank = bool(column and column.blank)
        said = super()._map_serializer_field(field, direction, *args)  # type: ignore[no-untyped-call]
        if direction == "request" and not field.read_only:
            return _as_taken(field, said)
        return said

    def _map_basic_serializer(self, serializer: Any, direction: str) -> Any:
        said = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if direction == "request" and isinstance(serializer, StrictSerializer):
            said["additionalProperties"] = False
        return said

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """The operation with its common problems, headers and conditions."""
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        parameters = operation.setdefault("parameters", [])
        for each in parameters:
            _tell_slug(each, self.path_regex)
        parameters += self._conditions()
        answers = operation["responses"]
        for status in self._problems(operation):
            answers.setdefault(str(status), {"$ref": f"#/components/responses/{_name(status)}"})  # fmt: skip
        self._tell_tags(answers)
        if not parameters:
            del operation["parameters"]
        return operation

    def _get_filter_parameters(self) -> Any:
        found = super()._get_filter_parameters()  # type: ignore[no-untyped-call]
        for each in found:
            each["allowEmptyValue"] = True  # the same as leaving it out
        return found

    def _conditions(self) -> list[dict[str, Any]]:
        if self.method == "POST":
            has_own = getattr(self.view, "has_own_keys", False)
            return [] if has_own or not self.get_auth() else [_ref("IdempotencyKey")]
        if not isinstance(self.view, Tagged):
            return []
        if self.method == "GET":
            return [_ref("IfNoneMatch")] if self.view.action == "retrieve" else []
        return [_ref("IfMatch")]

    def _problems(self, operation: dict[str, Any]) -> list[int]:
        found = [400, 406]
        if operation.get("security"):
            found += [401, 403]
        if "{" in self.path:
            found += [404]
        if self.method != "GET":
            found += [409]
        if "requestBody" in operation:
            found += [413, 415]
        if _ref("IdempotencyKey") in operation["parameters"]:
            found += [413, 422]
        if _ref("IfMatch") in operation["parameters"]:
            found += [412]
        return sorted({*found})

    def _tell_tags(self, answers: dict[str, Any]) -> None:
        if not isinstance(self.view, Tagged) or self.view.action not in Tagged.TAGGED:
            return
        for status in ("200", "201"):
            if status in answers:
                answers[status].setdefault("headers", {})["ETag"] = _ref("ETag", "headers")  # fmt: skip
        if self.view.action == "retrieve":
            answers["304"] = {"description": "It is as you know it."}


def with_common_parts(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Hook: put what `Document` refers to into the document `result`."""
    for kind, parts in _COMPONENTS.items():
        result["components"].setdefault(kind, {}).update(parts)
    return result


def _one(name: str) -> str:
    """The singular of `name`."""
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name if name.endswith("ss") else name.removesuffix("s")


def _as_taken(field: Any, said: dict[str, Any]) -> dict[str, Any]:
    """The schema of what `field` takes, where that is more than what it answers: `said`."""
    if isinstance(field, serializers.DateTimeField):
        also: dict[str, Any] = {
            "type": "string",
            "pattern": f"^{MOMENT}$",
            "example": "2027-01-31T07:00",
        }
        first: dict[str, Any] = {"type": "string", "format": "date-time"}
    elif isinstance(field, IdField):
        also = {"type": "integer"}
        first = {"type": "string", "maxLength": field.max_length}
    elif isinstance(field, serializers.DecimalField):
        whole, places = field.max_whole_digits or 0, field.decimal_places
        pattern = rf"^[0-9]{{1,{whole}}}(\.[0-9]{{1,{places}}})?$"
        first = {"type": "string", "format": "decimal", "pattern": pattern}
        also = {"type": "number", "maximum": 10**whole, "exclusiveMaximum": True}
        if field.min_value is not None:
            also["minimum"] = float(field.min_value)
    else:
        return said
    rest = {key: value for key, value in said.items() if key not in ("type", *first)}
    return {"anyOf": [first, also], **rest}


def _tell_slug(parameter: dict[str, Any], path_regex: str) -> None:
    """Say which texts the path takes at all; others are no address."""
    if f"<slug:{_in_route(parameter)}>" in path_regex:
        parameter["schema"] = {"type": "string", "pattern": _SLUG}


def _in_route(parameter: dict[str, Any]) -> str:
    # The document calls `pk` by its field.
    name: str = parameter.get("name", "")
    return "pk" if name == "id" else name


def _ref(name: str, kind: str = "parameters") -> dict[str, Any]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _name(status: int) -> str:
    return HTTPStatus(status).phrase.title().replace(" ", "")


def _problem(status: int) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status == 401:
        answer["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    return answer


def _header(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {
        "name": name, "in": "header", "required": False, "description": description,
        "schema": {"type": "string", **schema},
    }  # fmt: skip


_STATUSES = (400, 401, 403, 404, 406, 409, 412, 413, 415, 422, 429)
_COMPONENTS: dict[str, Any] = {
    "schemas": {
        "Problem": {
            "type": "object",
            "description": "What is wrong, after RFC 9457.",
            "required": ["type", "title", "status", "detail"],
            "properties": {
                "type": {"type": "string"},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "detail": {"type": "string"},
                "instance": {"type": "string"},
                "errors": {
                    "type": "object",
                    "description": "Of a refused body: messages by field, such as `webhooks[0].url`.",
                    "additionalProperties": {
                        "type": "array",
                        "items": {"type": "string"},
                    },
                },
            },
        }
    },
    "responses": {_name(status): _problem(status) for status in _STATUSES},
    "headers": {
        "ETag": {
            "description": '`"edition.state"`: send it back as If-Match, or as If-None-Match.',
            "schema": {"type": "string"},
        }
    },
    "parameters": {
        "IdempotencyKey": _header(
            HEADER,
            "Sent again with the same key, the request is not done again but answered as before.",
            pattern=f"^{KEY_PATTERN}$", minLength=1, maxLength=255,
        ),
        "IfMatch": _header(
            "If-Match",
            "The ETag that you have read, or `*`: refused with 412 when it was edited since.",
            pattern=ASKED, example="*",
        ),
        "IfNoneMatch": _header(
            "If-None-Match", "The ETag that you know: answered with 304 when it is still so.",
            pattern=ASKED, example="*",
        ),
    },
}  # fmt: skip
