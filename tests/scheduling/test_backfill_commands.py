"""`manage.py backfill` and `manage.py slots`."""

from __future__ import annotations

import io
import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from scheduling.management.commands import backfill as command
from scheduling.models import Backfill, Run
from tests.factories import make_run, make_task

pytestmark = pytest.mark.django_db
SAIGON = ZoneInfo("Asia/Ho_Chi_Minh")
RANGE = ("report", "--from", "2026-11-02", "--until", "2026-11-06T12:00")


def at(day: int) -> datetime:
    return datetime(2026, 11, day, 7, tzinfo=SAIGON)


@pytest.fixture(autouse=True)
def task():
    return make_task(id="report", created_at=at(1), next_run_at=datetime(2030, 1, 1, 7, tzinfo=SAIGON))  # fmt: skip


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


def test_a_range_is_backfilled():
    said = run("backfill", *RANGE, "--per-minute", "60", "--note", "Wrong data.")
    made = Backfill.objects.get()
    assert said.startswith(f"{made.id}  5 runs, 0 left out  5 queued")
    assert (made.per_minute, made.note) == (60, "Wrong data.")


def test_a_dry_run_lists_the_slots():
    said = run("backfill", *RANGE, "--dry-run").splitlines()
    assert said[0] == "2026-11-02 07:00"
    assert said[-1] == (
        "5 slots would run, 0 are left out; the last starts 40 s after the first."
    )
    assert json.loads(run("backfill", *RANGE, "--dry-run", "--json"))["left_out"] == 0
    assert not Backfill.objects.exists()


def test_json_is_what_the_api_shows():
    shown = json.loads(run("backfill", *RANGE, "--json"))
    assert (shown["task_id"], shown["made"]) == ("report", 5)


def test_waiting_shows_the_progress_till_the_end(monkeypatch):
    waited: list[Any] = []

    def a_second_later(seconds: float) -> None:
        waited.append(seconds)
        Run.objects.update(status="succeeded", finished_at=timezone.now(), waits_for="")

    monkeypatch.setattr("time.sleep", a_second_later)
    said = run("backfill", *RANGE, "--wait").splitlines()
    assert said[0].startswith("5 queued")
    assert "5 succeeded" in said[1]
    assert waited == [command.POLL_SECONDS]


def test_a_backfill_is_cancelled_by_its_id():
    run("backfill", *RANGE)
    made = Backfill.objects.get()
    assert "5 cancelled" in run("backfill", "--cancel", str(made.id))
    assert refusal("backfill", "--cancel", str(made.id), code=1) == "This backfill was cancelled already."  # fmt: skip


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("backfill", "report"), "--from is missing"),
        (("backfill", "nobody", *RANGE[1:]), "There is no task 'nobody'."),
        (("backfill", "report", "--from", "soon", "--until", "2026-11-06"), "--from: 'soon' is no moment"),
        (("backfill", *RANGE, "--per-minute", "0"), "--per-minute: Must be 1 to 600."),
        (("backfill", *RANGE[:3], "--until", "2999-01-01"), "--until: Is still to come"),
        (("backfill", "--cancel", "x"), "--cancel: there is no backfill 'x'."),
        (("slots", "nobody"), "There is no task 'nobody'."),
        (("slots", "report", "--at", "soon"), "--at: 'soon' is no moment"),
        (("slots", "report", "--limit", "0"), "--limit 0: give 1 to 200."),
        (("slots", "report", "--from", "2026-11-05", "--until", "2026-11-03"), "--until: must not be before"),
    ],
)  # fmt: skip
def test_bad_input_is_told_in_one_line(args, said):
    assert said in refusal(*args)


def test_a_slot_is_told_in_a_line(task):
    make_run(task, scheduled_for=at(17), trigger="schedule", status="skipped", skip_reason="overlap", finished_at=at(17))  # fmt: skip
    said = run("slots", "report", "--at", "2026-11-17T07:00")
    assert said.split() == ["2026-11-17", "07:00", "Skipped", "It", "was", "skipped:", "A", "run", "was", "still", "under", "way."]  # fmt: skip


def test_a_range_of_slots_is_a_table_or_json():
    asked = ("slots", "report", "--from", "2026-11-16", "--until", "2026-11-18")
    assert len(run(*asked).splitlines()) == 3
    shown = json.loads(run(*asked, "--json"))
    assert [each["slot"][:10] for each in shown] == ["2026-11-16", "2026-11-17", "2026-11-18"]  # fmt: skip


def test_a_range_without_slots_says_so():
    said = run("slots", "report", "--from", "2026-11-16T08:00", "--until", "2026-11-16T09:00")  # fmt: skip
    assert said == "The task has no slot in this range.\n"
