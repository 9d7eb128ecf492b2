"""ETags: two people who edit the same thing do not undo each other (RFC 9110, `If-Match`).

A tag is `"edition.state"`. The edition is what people edit, and all that `If-Match` compares:
a run that ends meanwhile is no lost update. The state is the whole answer, for `If-None-Match`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import Model
from rest_framework.exceptions import APIException, ParseError
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

_TAG = '(W/)?"[!#-~\x80-\xff]*"'
_TAGS = rf"{_TAG}([ \t]*,[ \t]*{_TAG})*"
ASKED = rf"^(\*|{_TAGS})$"
"""What the headers take, for the document."""
_DIGITS = 16


class Changed(APIException):
    """Somebody has edited it since it was read."""

    status_code = 412

    def __init__(self, edition: str) -> None:
        super().__init__(
            f"If-Match: it was changed since you read it, and is at {edition} now: read it again."
        )


class Tagged:
    """Part of a viewset: one thing is answered with an ETag, and edited under `If-Match`.

    The view calls `require_match` with the row that it changes or deletes, once it is locked.
    """

    #: What is answered with a tag.
    TAGGED: ClassVar = ("retrieve", "create", "update", "partial_update")
    #: The fields of the JSON that tell one edition from another.
    edited_by: ClassVar[tuple[str, ...]] = ("version",)

    request: Any
    action: Any
    get_serializer: Callable[..., Any]
    _known: Sequence[str] = ()

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        # What this raises is answered; what `finalize_response` raises is not.
        super().initial(request, *args, **kwargs)  # type: ignore[misc]  # of the viewset
        asked = request.headers.get("If-None-Match")
        if self.action == "retrieve" and asked is not None:
            self._known = _tags("If-None-Match", asked)

    def require_match(self, row: Model) -> None:
        """Raise `Changed` if the request is meant for another edition of `row`."""
        asked = self.request.headers.get("If-Match")
        if asked is None or (tags := _tags("If-Match", asked)) == ["*"]:
            return
        edition = self._edition(self._shown_of(row))
        # A proxy that compresses makes tags weak; the edition is what was meant all the same.
        if edition not in (tag.partition(".")[0] for tag in tags):
            raise Changed(edition)

    def finalize_response(
        self, request: Any, response: Any, *args: Any, **kwargs: Any
    ) -> Any:
        if self.action in self.TAGGED and response.status_code in (200, 201):
            response = self._tagged(response)
        finalize: Any = super().finalize_response  # type: ignore[misc]  # of the viewset
        return finalize(request, response, *args, **kwargs)

    def _tagged(self, response: Response) -> Response:
        tag = f"{self._edition(response.data)}.{_digest(response.data)}"
        if tag in self._known or self._known == ["*"]:
            response = Response(status=304)
        response["ETag"] = f'"{tag}"'
        return response

    def _edition(self, shown: Mapping[str, Any]) -> str:
        values = [shown[name] for name in self.edited_by]
        is_number = len(values) == 1 and isinstance(values[0], int)
        return str(values[0]) if is_number else _digest(values)

    def _shown_of(self, row: Model) -> dict[str, Any]:
        """The fields that tell the edition, as the JSON shows them."""
        fields = self.get_serializer().fields
        values = {name: fields[name].get_attribute(row) for name in self.edited_by}
        return {
            name: None if value is None else fields[name].to_representation(value)
            for name, value in values.items()
        }


def _tags(name: str, text: str) -> list[str]:
    """The opaque parts of a list of tags; a star by itself stays. Raises `ParseError`."""
    if text.strip() == "*":
        return ["*"]
    if not re.fullmatch(_TAGS, text.strip()):
        raise ParseError(f'{name}: {text[:80]!r} is no list of ETags such as "7.3f2a"; quotes belong to it.')  # fmt: skip
    return [
        tag.removeprefix("W/").strip('"')
        for tag in (found[0] for found in re.finditer(_TAG, text))
    ]


def _digest(shown: Any) -> str:
    text = json.dumps(shown, cls=JSONEncoder, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
