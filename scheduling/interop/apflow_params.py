"""The parameters of APFlow's JSON-RPC methods (CONTRACTS A2), with its defaults and our bounds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from scheduling.interop.json_rpc import Request
from scheduling.models.timing import MAX_RUNS
from scheduling.schedule_fields import EPOCH, HORIZON

_MOST = 1000
_FAR = 1_000_000
_ADDRESS = r"^https?://[!-~]+$"
_TYPES = Literal["once", "interval", "cron", "daily", "weekly", "monthly"]
_STATUSES = Literal["pending", "in_progress", "completed", "failed", "cancelled"]


def _moment(given: datetime) -> datetime:
    aware = given if given.tzinfo else given.replace(tzinfo=UTC)
    if not EPOCH <= aware < HORIZON:
        raise ValueError("expected a moment of the years 1970 to 8999")
    return aware


Moment = Annotated[datetime, AfterValidator(_moment)]
Limit = Annotated[int, Field(ge=1, le=_MOST)]
Id = Annotated[str, Field(max_length=100)]


class Listed(Request):
    enabled_only: bool = True
    user_id: Id | None = None
    schedule_type: _TYPES | None = None
    status: _STATUSES | None = None
    limit: Limit = 100
    offset: Annotated[int, Field(ge=0, le=_FAR)] = 0


class Due(Request):
    before: Moment | None = None
    user_id: Id | None = None
    limit: Limit = 100


class Init(Request):
    task_id: str
    from_time: Moment | None = None


class Complete(Request):
    task_id: str
    success: bool = True
    error: str | None = None
    calculate_next_run: bool = True


class Export(Request):
    user_id: Id | None = None
    schedule_type: _TYPES | None = None
    enabled_only: bool = True
    limit: Limit = 100
    calendar_name: Annotated[str, Field(max_length=200)] = "APFlow Tasks"
    base_url: Annotated[str, Field(max_length=2000, pattern=_ADDRESS)] | None = None


class Trigger(Request):
    task_id: str
    #: Of the webhook, where they say who asks; here that is known, and they are not looked at.
    signature: str | None = None
    timestamp: str | None = None
    async_execution: bool = True


class TriggerAndWait(Trigger):
    async_execution: bool = False


class History(Request):
    task_id: str
    limit: Limit = 20


class Set(Request):
    task_id: str
    schedule_type: str | None = None
    schedule_expression: str | None = None
    #: APFlow knows UTC alone.
    timezone: Id = "UTC"
    schedule_enabled: bool | None = None
    schedule_start_at: Moment | None = None
    schedule_end_at: Moment | None = None
    max_runs: Annotated[int, Field(ge=1, le=MAX_RUNS)] | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.schedule_type is None) != (self.schedule_expression is None):
            raise ValueError("schedule_type and schedule_expression: give both or none")
        return self
