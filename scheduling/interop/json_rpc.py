"""JSON-RPC 2.0: from the bytes of a request to the value of its answer.

No library: those that are kept up bring JSON Schema or a web framework of their own, bound neither
batches nor numbers, and this is the whole of the protocol.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from signals.sanitise import clean_json

logger = logging.getLogger(__name__)

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603

MOST_IN_BATCH = 50
_NAME_CHARS = 100
_SHOWN_CHARS = 100

#: Params as they came, by name or by position.
Params = dict[str, Any] | list[Any]
#: A method: who asks, and the params, to a result that is JSON.
Method = Callable[[Any, Params], object]


class RpcError(Exception):
    """What is answered instead of a result."""

    def __init__(self, code: int, message: str, data: object = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data

    def as_json(self) -> dict[str, Any]:
        error = {"code": self.code, "message": self.message}
        return error if self.data is None else error | {"data": clean_json(self.data)}


class Request(BaseModel):
    """The parameters of a method, in the order in which they may be given without names."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)


Given = TypeVar("Given", bound=Request)


def answer(body: bytes, methods: Mapping[str, Method], caller: object) -> object:
    """Do what `body` asks for, and return the answer as JSON; None: nobody waits for one.

    `caller` is handed to the methods. Never raises.
    """
    try:
        document = _parsed(body)
    except RpcError as error:
        return response(error)
    if not isinstance(document, list):
        return _one(document, methods, caller)
    if not document:
        return response(_invalid("A batch holds one request at least."))
    if len(document) > MOST_IN_BATCH:
        said = (
            f"A batch of {len(document)} requests; at most {MOST_IN_BATCH} are taken."
        )
        return response(_invalid(said))
    answers = [_one(each, methods, caller) for each in document]
    return [each for each in answers if each is not None] or None


def response(error: RpcError, call_id: object = None) -> dict[str, Any]:
    """The answer of a request that has failed."""
    return {"jsonrpc": "2.0", "error": error.as_json(), "id": call_id}


def checked(shape: type[Given], run: Callable[[Any, Given], object]) -> Method:
    """Return `run` as a method whose params are checked against `shape`."""
    names = list(shape.model_fields)

    def method(caller: object, params: Params) -> object:
        if isinstance(params, list):
            if len(params) > len(names):
                said = f"{len(params)} params given; at most {len(names)}: {', '.join(names)}"
                raise RpcError(INVALID_PARAMS, said)
            params = dict(zip(names, params, strict=False))
        # Null stands for what is not given, as clients send it that fill in every field.
        given = {name: value for name, value in params.items() if value is not None}
        try:
            return run(caller, shape.model_validate(given))
        except ValidationError as error:
            raise _wrong_params(error, names) from error

    return method


def _parsed(body: bytes) -> object:
    try:
        return json.loads(
            body.decode("utf-8"), parse_constant=_refuse, parse_float=_finite
        )
    except RecursionError as error:
        raise RpcError(PARSE_ERROR, "Parse error", "nested too deeply") from error
    except ValueError as error:
        raise RpcError(PARSE_ERROR, "Parse error", str(error)[:_SHOWN_CHARS]) from error


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"no number can hold {digits:.40}")
    return number


def _one(call: object, methods: Mapping[str, Method], caller: object) -> object:
    """The answer to one request of a batch or alone; None for a notification."""
    call_id = None
    try:
        if not isinstance(call, dict):
            raise _invalid("A request is an object, in braces.")
        call_id = _id_of(call)
        name, params = _what(call)
        wants_answer = "id" in call
        try:
            result = _called(methods, name, params, caller)
        except RpcError:
            if not wants_answer:
                return None
            raise
    except RpcError as error:
        return response(error, call_id)
    return {"jsonrpc": "2.0", "result": result, "id": call_id} if wants_answer else None


def _id_of(call: Mapping[str, Any]) -> str | int | float | None:
    found = call.get("id")
    if found is not None and (isinstance(found, bool) or not isinstance(found, str | int | float)):  # fmt: skip
        raise _invalid("id: expected a text, a number or null")
    return found


def _what(call: Mapping[str, Any]) -> tuple[str, Params]:
    if call.get("jsonrpc") != "2.0":
        raise _invalid('jsonrpc: expected "2.0"')
    name, params = call.get("method"), call.get("params")
    if not isinstance(name, str):
        raise _invalid("method: expected a text")
    params = {} if params is None else params
    if not isinstance(params, dict | list):
        raise _invalid("params: expected an object or a list")
    if clean_json(params) != params:
        raise _invalid("params: nested too deeply, or hold what cannot be stored (NUL, lone surrogates, huge numbers)")  # fmt: skip
    return name, params


def _called(
    methods: Mapping[str, Method], name: str, params: Params, caller: object
) -> object:
    method = methods.get(name)
    if method is None:
        data = {"method": name[:_NAME_CHARS], "known": sorted(methods)}
        raise RpcError(METHOD_NOT_FOUND, "Method not found", data)
    try:
        return method(caller, params)
    except RpcError:
        raise
    except Exception as error:
        logger.exception("JSON-RPC: %s", name)
        raise RpcError(INTERNAL_ERROR, "Internal error") from error


def _invalid(why: str) -> RpcError:
    return RpcError(INVALID_REQUEST, "Invalid Request", why)


def _wrong_params(error: ValidationError, names: list[str]) -> RpcError:
    errors: dict[str, str] = {}
    for each in error.errors(include_url=False, include_context=False):
        field = ".".join(str(part) for part in each["loc"])[:_NAME_CHARS] or "params"
        shown = repr(each["input"])[:_SHOWN_CHARS]
        errors[field] = {
            "missing": f"{field} is required",
            "extra_forbidden": f"{field} is unknown; known are {', '.join(names)}",
        }.get(each["type"], f"{field}: {each['msg']}, not {shown}")
    return RpcError(INVALID_PARAMS, next(iter(errors.values())), {"errors": errors})
