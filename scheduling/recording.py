"""What one try of a run does on its way, kept in memory until `scheduling.steps` has written it.

The recorder is called on the event loop that all runs share, and from the threads of tools: it
takes a lock for microseconds, never waits for the database, and never raises.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from django.utils import timezone

from scheduling.agents.base import StepHandle, Usage
from scheduling.blotting import blotted, secrets_of
from scheduling.models import Run, Step
from signals.sanitise import clean_text

MOST_STEPS = 1000
"""Of one try; what comes after them is counted in a last line."""
MOST_CHARS = 4000
"""Of what a step was given, and of its result."""
#: As much of a long text is cleaned, so that what is kept of it is clean to its last character.
_LOOKED_AT = 5 * MOST_CHARS
_MOST_TOKENS = 2**31 - 1
_NAME_CHARS = 200


@dataclass(frozen=True, kw_only=True)
class Record:
    """A step as it stands; each change of it is another record of the same number."""

    run_id: uuid.UUID
    attempt: int
    number: int
    kind: str
    name: str
    text: str
    started_at: datetime
    status: str = Step.Status.RUNNING
    result: str = ""
    usage: Usage = field(default_factory=Usage)
    ended_at: datetime | None = None

    def row(self) -> Step:
        """Return it as a row that is not saved."""
        return Step(
            run_id=self.run_id,
            attempt=self.attempt,
            number=self.number,
            kind=self.kind,
            status=self.status,
            name=self.name,
            text=self.text,
            result=self.result,
            input_tokens=_tokens(self.usage.input_tokens),
            output_tokens=_tokens(self.usage.output_tokens),
            cost=self.usage.cost,
            started_at=self.started_at,
            ended_at=self.ended_at,
        )


class RunRecorder:
    """The `agents.base.Recorder` of one try of a run.

    `changed` is called with the recorder, outside its lock, when there is something to write.
    """

    def __init__(self, run: Run, changed: Callable[[RunRecorder], None]) -> None:
        self._run = run
        self._attempt = run.attempt
        self._changed = changed
        self._lock = threading.Lock()
        self._unwritten: dict[int, Record] = {}
        self._open: dict[int, Record] = {}
        self._begun = 0
        self._spent = Usage()
        self._closed = False

    @property
    def lease(self) -> tuple[uuid.UUID, uuid.UUID | None]:
        """The run and the token under which its steps may be written."""
        return self._run.id, self._run.lease_token

    @property
    def spent(self) -> Usage:
        """What the steps that have ended took together, for a try that is stopped."""
        return self._spent

    def progress(self, text: str) -> None:
        """See `agents.base.Recorder.progress`."""
        now = timezone.now()
        record = self._new(Step.Kind.PROGRESS, "", text, now)
        self._keep(replace(record, status=Step.Status.SUCCEEDED, ended_at=now))

    def begin(self, kind: str, name: str, text: str = "") -> StepHandle:
        """See `agents.base.Recorder.begin`; any other `kind` counts as a tool."""
        known = Step.Kind.MODEL if kind == Step.Kind.MODEL else Step.Kind.TOOL
        record = self._new(known, name, text, timezone.now())
        self._keep(record)
        return _Handle(self, record)

    def conclude(self) -> list[Record]:
        """Take no more. Returns what is not written yet; what has not ended has failed."""
        for record in list(self._open.values()):
            self.end(record, Step.Status.FAILED, "The run ended before it.", None)
        with self._lock:
            self._closed = True
            rest, self._unwritten = list(self._unwritten.values()), {}
        return rest

    def unwritten(self) -> dict[int, Record]:
        """Return what is to be written, by number."""
        with self._lock:
            return dict(self._unwritten)

    def written(self, records: Mapping[int, Record]) -> None:
        """These are written; what has changed since is not."""
        with self._lock:
            for number, record in records.items():
                if self._unwritten.get(number) is record:
                    del self._unwritten[number]

    def end(
        self, record: Record, status: str, result: str, usage: Usage | None
    ) -> None:
        """End a step, once; what is said of it later is dropped."""
        with self._lock:
            is_open = self._open.pop(record.number, None) is not None
            if is_open:
                self._spent = _sum(self._spent, record.kind, usage)
        if is_open:
            ended = replace(
                record,
                status=status,
                result=self._storable(result),
                usage=usage or Usage(),
                ended_at=timezone.now(),
            )
            self._keep(ended)

    def _new(self, kind: str, name: str, text: str, now: datetime) -> Record:
        with self._lock:
            self._begun += 1
            number = self._begun
        record = Record(
            run_id=self._run.id,
            attempt=self._attempt,
            number=number,
            kind=kind,
            name=self._storable(name)[:_NAME_CHARS],
            text=self._storable(text) if number <= MOST_STEPS else "",
            started_at=now,
        )
        if kind != Step.Kind.PROGRESS:
            with self._lock:
                self._open[number] = record
        return record

    def _keep(self, record: Record) -> None:
        if record.number > MOST_STEPS:
            record = self._uncounted(record.started_at)
        with self._lock:
            if self._closed:
                return
            self._unwritten[record.number] = record
        self._changed(self)

    def _uncounted(self, now: datetime) -> Record:
        """The line that counts what came after the last step that is kept."""
        more = self._begun - MOST_STEPS
        return Record(
            run_id=self._run.id,
            attempt=self._attempt,
            number=MOST_STEPS + 1,
            kind=Step.Kind.PROGRESS,
            name="",
            text=f"… and {more} more: a try keeps its first {MOST_STEPS} steps.",
            status=Step.Status.SUCCEEDED,
            started_at=now,
            ended_at=now,
        )

    def _storable(self, text: object) -> str:
        """What came from an agent as text that may be stored; never raises."""
        try:
            said = text if isinstance(text, str) else str(text)
            clean = blotted(clean_text(said[:_LOOKED_AT]), self._secrets)
            if len(said) <= _LOOKED_AT and len(clean) <= MOST_CHARS:
                return clean
            mark = f"\n[… cut here: {len(said)} characters in all]"
            return clean[: MOST_CHARS - len(mark)] + mark
        except Exception:  # noqa: BLE001 -- a foreign __str__ may raise anything
            return f"(unreadable {type(text).__name__})"

    @cached_property
    def _secrets(self) -> list[str]:
        return secrets_of(self._run)


class _Handle:
    """A step that goes on; implements `agents.base.StepHandle`."""

    def __init__(self, recorder: RunRecorder, record: Record) -> None:
        self._recorder = recorder
        self._record = record

    def end(self, result: str = "", *, usage: Usage | None = None) -> None:
        """See `agents.base.StepHandle.end`."""
        self._recorder.end(self._record, Step.Status.SUCCEEDED, result, usage)

    def fail(self, error: str, *, usage: Usage | None = None) -> None:
        """See `agents.base.StepHandle.fail`."""
        self._recorder.end(self._record, Step.Status.FAILED, error, usage)


def _tokens(count: int) -> int:
    return min(max(count, 0), _MOST_TOKENS)


def _sum(total: Usage, kind: str, usage: Usage | None) -> Usage:
    """Add a step: it is a request or a tool call, whether or not it says so itself."""
    own = usage or Usage()
    is_model = kind == Step.Kind.MODEL
    cost: Decimal | None = total.cost
    if own.cost is not None:
        cost = (cost or 0) + own.cost
    return Usage(
        requests=total.requests + max(own.requests, int(is_model)),
        input_tokens=total.input_tokens + own.input_tokens,
        output_tokens=total.output_tokens + own.output_tokens,
        tool_calls=total.tool_calls + max(own.tool_calls, int(not is_model)),
        cost=cost,
        model=own.model or total.model,
    )
