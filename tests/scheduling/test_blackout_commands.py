"""`manage.py pause_all`, `resume_all` and `events`."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from scheduling.models import Blackout
from tests.factories import make_blackout, make_event, make_task

pytestmark = pytest.mark.django_db


def run(*args: str) -> str:
    out = io.StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


def refusal(*args: str, code: int = 2) -> str:
    with pytest.raises(CommandError) as refused:
        run(*args)
    assert refused.value.returncode == code
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_everything_is_paused_and_resumed():
    said = run("pause_all", "--note", "Moving")
    assert said == "Everything is paused until `manage.py resume_all`: no slot fires.\n"
    assert Blackout.objects.get().note == "Moving"
    assert "paused already" in refusal("pause_all", code=1)
    assert run("resume_all") == "Slots fire again.\n"
    assert refusal("resume_all", code=1) == "Nothing is paused."


def test_the_end_of_a_pause_is_read_in_the_zone_of_the_installation():
    shown = json.loads(run("pause_all", "--until", "2035-01-01T07:00", "--json"))
    assert shown["ends_at"] == "2035-01-01T07:00:00+07:00"
    assert json.loads(run("resume_all", "--json")) == {
        "ended": [shown["id"]],
        "still_on": None,
    }


@pytest.mark.parametrize("until", ["soon", "2001-01-01"])
def test_an_end_that_cannot_be_is_one_line(until):
    assert refusal("pause_all", "--until", until).startswith("--until: ")


def test_resuming_names_the_window_that_is_still_on():
    make_blackout(name="Night", from_time="00:00", until_time="00:00")
    run("pause_all")
    assert "'Night' is on" in run("resume_all")


def test_events_are_listed():
    at = datetime(2027, 3, 1, tzinfo=UTC)
    make_event(make_task(id="report"), at=at, note="Nothing started.")
    make_event(kind="beat_silent", at=datetime(2027, 3, 2, tzinfo=UTC))
    lines = run("events").splitlines()
    assert lines == [
        "2027-03-02 07:00:00  beat_silent  -",
        "2027-03-01 07:00:00  late  report  Nothing started.",
    ]
    shown = json.loads(run("events", "--json", "--kind", "late", "--task", "report"))
    assert [each["task_id"] for each in shown] == ["report"]
    assert run("events", "--since", "2027-03-02").count("\n") == 1


def test_bad_options_of_events_are_one_line():
    assert refusal("events", "--limit", "0").startswith("--limit 0")
    assert refusal("events", "--since", "soon").startswith("--since: ")
