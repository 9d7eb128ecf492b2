"""`manage.py scheduler`, as far as no process need run: calendars, addresses, numbers, nobody there."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from config import scheduler_service
from config.supervisor.exceptions import AlreadyRunningError
from config.supervisor.lock import DataFolderLock, holder
from tests.factories import make_task

pytestmark = pytest.mark.django_db


def run(*args: str) -> str:
    out = io.StringIO()
    call_command("scheduler", *args, stdout=out, stderr=io.StringIO())
    return out.getvalue()


@pytest.mark.parametrize("verb", ["export_ical", "export-ical"])
def test_active_tasks_are_exported_as_a_calendar(verb, tmp_path):
    make_task(id="report", name="Báo cáo")
    make_task(id="off", name="Paused one", active=False)
    said = run(verb, "-n", "Reports")
    assert said.startswith("BEGIN:VCALENDAR\r\n")
    assert said.endswith("END:VCALENDAR\r\n")
    assert "Báo cáo" in said
    assert "Paused one" not in said
    file = tmp_path / "tasks.ics"
    run(verb, "-o", str(file), "-t", "daily", "--base-url", "https://backbeat.example")
    assert b"https://backbeat.example" in file.read_bytes()
    with pytest.raises(CommandError, match="--output: "):
        run(verb, "-o", str(tmp_path / "no" / "such.ics"))


@pytest.mark.parametrize("verb", ["webhook_url", "webhook-url"])
def test_the_address_of_a_trigger_is_told(verb):
    make_task(id="report")
    shown = json.loads(run(verb, "report", "-b", "https://backbeat.example", "--json"))
    assert shown["url"] == "https://backbeat.example/webhook/trigger/report"
    with pytest.raises(CommandError, match="--base-url") as refused:
        run(verb, "report", "-b", "ftp://x")
    assert refused.value.returncode == 2


def test_the_numbers_are_those_of_the_api():
    assert json.loads(run("stats", "--json"))["state"] == "stopped"
    assert "stopped" in run("stats")


def test_where_nothing_runs_status_and_stop_say_so(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    with pytest.raises(SystemExit) as ended:
        run("status")
    assert ended.value.code == 1
    with pytest.raises(CommandError, match="No scheduler runs in") as refused:
        run("stop", "--data", str(tmp_path))
    assert refused.value.returncode == 1


def test_what_was_started_otherwise_is_not_stopped(tmp_path):
    with DataFolderLock(tmp_path, "up"), pytest.raises(AlreadyRunningError) as refused:
        scheduler_service.stop(tmp_path, 0, print)
    assert "with the web side" in str(refused.value)
    assert holder(tmp_path) is None


@pytest.mark.parametrize(
    "arguments", [("-u", "anna"), ("-c", "0"), ("-t", "1e9"), ("-i", "nan"), ("-b", "--foreground")]
)  # fmt: skip
def test_a_start_that_cannot_be_is_refused_before_anything_starts(arguments, tmp_path):
    with pytest.raises(CommandError):
        run("start", "--data", str(tmp_path / "data"), *arguments)
    assert not (tmp_path / "data").exists()
