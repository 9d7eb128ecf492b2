"""`manage.py scheduler`, as far as no process need run: calendars, addresses, numbers, nobody there."""

from __future__ import annotations

import io
import json
from datetime import time

import pytest
import yaml
from django.core.management import CommandError, call_command

from config import scheduler_service
from config.supervisor.exceptions import AlreadyRunningError
from config.supervisor.lock import DataFolderLock, holder
from scheduling.models import TriggerKey
from tests.factories import make_task

pytestmark = pytest.mark.django_db


def run(*args: str, stderr: io.StringIO | None = None) -> str:
    out = io.StringIO()
    call_command("scheduler", *args, stdout=out, stderr=stderr or io.StringIO())
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


def test_lines_for_a_crontab_are_written_and_the_token_for_its_file_beside_them():
    make_task(id="report", schedule_type="daily", schedule_time=time(7))
    lines = run("export", "report", "crontab", "-b", "https://backbeat.example")
    assert "0 7 * * *" in lines
    assert "https://backbeat.example/webhook/trigger/report" in lines
    assert not TriggerKey.objects.exists()
    told = io.StringIO()
    run("export", "report", "crontab", "--token", stderr=told)
    header = told.getvalue().splitlines()[-1]
    key = TriggerKey.objects.get()
    assert header.startswith(f"Authorization: Bearer {key.beginning}")


def test_manifests_hold_the_token_that_was_made():
    make_task(id="report", schedule_type="daily", schedule_time=time(7))
    secret, job = yaml.safe_load_all(run("export", "report", "kubernetes", "--token"))
    assert TriggerKey.objects.get().beginning in json.dumps(secret)
    assert (secret["kind"], job["kind"]) == ("Secret", "CronJob")


def test_where_nothing_can_be_exported_no_token_is_made():
    make_task(id="once", schedule_type="none", schedule_time=None)
    with pytest.raises(CommandError) as refused:
        run("export", "once", "kubernetes", "--token")
    assert refused.value.returncode == 1
    assert not TriggerKey.objects.exists()


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
