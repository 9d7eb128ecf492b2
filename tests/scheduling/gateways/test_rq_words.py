"""The schedules of the RQ scheduler, read and written."""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.interop import rq_schedule
from scheduling.models import ScheduledTask
from scheduling.schedule_fields import MAX_INTERVAL_SECONDS

UNITS = ["second", "minute", "hour", "day", "week"]


@given(st.integers(1, MAX_INTERVAL_SECONDS))
def test_an_interval_that_is_written_is_read_as_the_same(seconds):
    task = ScheduledTask(schedule_type="interval", interval_seconds=seconds)
    columns = rq_schedule.parse(*rq_schedule.words(task))
    assert columns == {"schedule_type": "interval", "interval_seconds": seconds}


@given(st.text(), st.sampled_from(["cron", "interval"]))
def test_whatever_is_written_is_read_or_refused(text, kind):
    with suppress(ValueError):
        rq_schedule.parse(text, kind)


@given(st.integers(1, 500), st.sampled_from(UNITS), st.text())
def test_of_an_interval_the_beginning_counts(count, unit, rest):
    alone = rq_schedule.parse(f"{count} {unit}", "interval")
    assert rq_schedule.parse(f"{count}{unit.upper()}s{rest}", "interval") == alone


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (90, "90 seconds"), (3600, "1 hour"), (5400, "90 minutes"), (1_209_600, "2 weeks")],
)  # fmt: skip
def test_an_interval_is_written_in_its_largest_unit(seconds, words):
    task = ScheduledTask(schedule_type="interval", interval_seconds=seconds)
    assert rq_schedule.words(task) == (words, "interval")


def test_each_function_has_an_agent_of_its_own():
    functions = [
        "a.b:c", "a:b.c", "a_b:c", "a:b:c", "x" * 99 + ":y", "x" * 99 + ":z", "módulo:f", "modulo:f",
    ]  # fmt: skip
    ids = [rq_schedule.agent_id(each) for each in functions]
    assert all(re.fullmatch(r"[-a-zA-Z0-9_]{1,100}", each) for each in ids)
    assert all(one != other for one, other in combinations(ids, 2))
