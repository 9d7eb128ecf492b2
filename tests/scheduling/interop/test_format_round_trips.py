"""Every system's sample is read, made, and written back as its own system would read it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scheduling.interop.formats import FORMATS
from tests.factories import make_agent
from tests.scheduling.interop.loading import (
    CONTEXT,
    fresh,
    load,
    read,
    sample,
    tasks_of,
)

pytestmark = pytest.mark.django_db
SAMPLES = {
    "simplize": "simplize.json",
    "rq": "rq.yaml",
    "apflow": "apflow.json",
    "omniagent": "omniagent.json",
    "sympozium": "sympozium.yaml",
}


@pytest.fixture(autouse=True)
def surroundings(configure):
    configure("SCHEDULING", allowed_functions=("statistics:mean", "math:*"))
    for agent in ("writer", "reader", "simplize"):
        make_agent(id=agent, name=agent)


def context_of(kind: str) -> Any:
    return replace(CONTEXT, agent_id="writer") if kind in ("apflow", "omniagent") else CONTEXT  # fmt: skip


@pytest.mark.parametrize("kind", SAMPLES)
def test_what_is_written_reads_as_what_was_read(kind):
    context = context_of(kind)
    first = read(kind, sample(SAMPLES[kind]), context)
    tasks = load(kind, first)
    again = read(kind, FORMATS[kind].write(tasks), context)
    assert tasks_of(again) == tasks_of(first)
    assert {e.ref: e.document for r in again for e in r.tasks}.keys() == tasks_of(first).keys()  # fmt: skip


@pytest.mark.parametrize("kind", SAMPLES)
def test_what_was_changed_here_shows_in_what_is_written(kind):
    context = context_of(kind)
    tasks = load(kind, read(kind, sample(SAMPLES[kind]), context))
    task = tasks[0]
    task.active = not task.active
    task.schedule_type, task.cron_expression, task.cron_seconds = "cron", "15 3 * * *", False  # fmt: skip
    task.input_message = "Something else."
    task.save()
    written = FORMATS[kind].write(fresh([task.pk]))
    fields = next(iter(tasks_of(read(kind, written, context)).values()))
    assert fields["active"] is task.active
    assert fields["input_message"] == "Something else."
    assert fields["cron_expression"] in ("15 3 * * *", "0 15 3 * * *")
    assert fields["timezone"] == task.timezone
