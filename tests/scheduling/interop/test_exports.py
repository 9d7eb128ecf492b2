"""Crontab lines and Kubernetes manifests say the slots of a task, and carry credentials safely."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from scheduling.interop.exports import (
    CannotExport,
    cron_line,
    crontab,
    kubernetes,
    manifests,
    plain_cronjob,
    plain_crontab,
    webhook_url,
)
from scheduling.models import Calendar
from scheduling.schedule import Schedule, ScheduleType
from tests.scheduling.interop.ical_reading import a_task

BASE = "https://api.example.com"
MADE = datetime(2026, 2, 3, 10, 7, 42, tzinfo=UTC)
HOUR = 3_600

GOLDEN = {
    "crontab": "0 9 * * 1-5 curl -X POST https://api.example.com/webhook/trigger/abc123 # apflow task abc123",
    "cronjob": {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {
            "name": "apflow-abc12345",
            "namespace": "production",
            "labels": {"app": "apflow", "task-id": "abc12345-6789"},
            "annotations": {"apflow.io/task-name": "Daily Report"},
        },
        "spec": {
            "schedule": "0 9 * * *",
            "jobTemplate": {
                "spec": {
                    "template": {
                        "spec": {
                            "containers": [
                                {
                                    "name": "trigger",
                                    "image": "curlimages/curl:latest",
                                    "args": [
                                        "-X",
                                        "POST",
                                        "-H",
                                        "Content-Type: application/json",
                                        "https://api.example.com/webhook/trigger/abc123",
                                    ],
                                }
                            ],
                            "restartPolicy": "OnFailure",
                        }
                    }
                }
            },
        },
    },
    "webhook_url": {
        "url": "https://api.example.com/webhook/trigger/abc123",
        "method": "POST",
        "signature_header": "X-Webhook-Signature",
        "timestamp_header": "X-Webhook-Timestamp",
        "signature_algorithm": "HMAC-SHA256",
        "signature_format": "hex(HMAC-SHA256(secret, timestamp + '.' + body))",
    },
}
"""APFlow's own answers, from the contract's golden file."""

LINES: dict[str, tuple[dict[str, Any], str, str]] = {
    "daily": ({"schedule_type": "daily", "schedule_time": time(7, 5)}, "5 7 * * *", "Europe/Berlin"),
    "weekly": ({"schedule_type": "weekly", "schedule_time": time(9), "weekdays": [1, 5, 7]}, "0 9 * * 0,1,5", "Europe/Berlin"),
    "monthly": ({"schedule_type": "monthly", "schedule_time": time(9), "month_days": [15, 1]}, "0 9 1,15 * *", "Europe/Berlin"),
    "cron": ({"schedule_type": "cron", "cron_expression": "*/15 8-18 * * 1-5"}, "*/15 8-18 * * 1-5", "Europe/Berlin"),
    "alias": ({"schedule_type": "cron", "cron_expression": "@daily"}, "0 0 * * *", "Europe/Berlin"),
    "Sunday as 7": ({"schedule_type": "cron", "cron_expression": "0 9 * * 5-7"}, "0 9 * * 0,5,6", "Europe/Berlin"),
    "names": ({"schedule_type": "cron", "cron_expression": "0 9 * jan,feb mon-fri"}, "0 9 * 1,2 1,2,3,4,5", "Europe/Berlin"),
    "a start and a step": ({"schedule_type": "cron", "cron_expression": "5/20 9 * * *"}, "5,25,45 9 * * *", "Europe/Berlin"),
    "no seconds after all": ({"schedule_type": "cron", "cron_expression": "0 30 9 * * 1", "cron_seconds": True}, "30 9 * * 1", "Europe/Berlin"),
    "every 15 minutes": ({"schedule_type": "interval", "interval_seconds": 900}, "7,22,37,52 * * * *", "Etc/UTC"),
    "every minute": ({"schedule_type": "interval", "interval_seconds": 60}, "* * * * *", "Etc/UTC"),
    "every hour": ({"schedule_type": "interval", "interval_seconds": HOUR}, "7 * * * *", "Etc/UTC"),
    "every 6 hours": ({"schedule_type": "interval", "interval_seconds": 6 * HOUR}, "7 4,10,16,22 * * *", "Etc/UTC"),
    "every day": ({"schedule_type": "interval", "interval_seconds": 24 * HOUR}, "7 10 * * *", "Etc/UTC"),
    "every week": ({"schedule_type": "interval", "interval_seconds": 168 * HOUR}, "7 10 * * 2", "Etc/UTC"),
}  # fmt: skip
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "once": ({"schedule_type": "once", "run_at": MADE}, "runs once"),
    "none": ({"schedule_type": "none"}, "no schedule"),
    "seconds": ({"schedule_type": "daily", "schedule_time": time(7, 0, 5)}, "no seconds"),
    "cron with seconds": ({"schedule_type": "cron", "cron_expression": "*/5 * * * * *", "cron_seconds": True}, "no seconds"),
    "the last day": ({"schedule_type": "monthly", "schedule_time": time(9), "month_days": ["last"]}, "no last day"),
    "the last day in cron": ({"schedule_type": "cron", "cron_expression": "0 9 L * *"}, "no L, LW or #"),
    "the second Monday": ({"schedule_type": "cron", "cron_expression": "0 9 * * 1#2"}, "no L, LW or #"),
    "90 minutes": ({"schedule_type": "interval", "interval_seconds": 5_400}, "Every 90 minutes"),
    "90 seconds": ({"schedule_type": "interval", "interval_seconds": 90}, "no seconds"),
    "a calendar": ({"calendar": Calendar(id="work", name="Work")}, "closed days"),
    "excluded dates": ({"excluded_dates": ["2027-01-01"]}, "closed days"),
    "an end": ({"end_at": datetime(2030, 1, 1, tzinfo=UTC)}, "end_at"),
    "a beginning": ({"start_at": datetime(2999, 1, 1, tzinfo=UTC)}, "start_at"),
    "a number of runs": ({"max_runs": 3}, "max_runs"),
    "what cannot be read": ({"timezone": "Mars/Olympus"}, "timezone"),
}  # fmt: skip


def task_of(fields: dict[str, Any], **more: Any) -> Any:
    daily = {"schedule_type": "daily", "schedule_time": time(7)}
    plain = {"timezone": "Europe/Berlin", "created_at": MADE, "active": True}
    return a_task(**plain | daily | fields | more)


@pytest.mark.parametrize("kind", LINES)
def test_a_schedule_as_a_cron_line(kind):
    fields, line, zone = LINES[kind]

    found = cron_line(task_of(fields))

    assert (found.fields, found.timezone) == (line, zone)


@pytest.mark.parametrize("kind", LINES)
def test_a_cron_line_has_the_slots_of_the_schedule_to_the_minute(kind):
    task = task_of(LINES[kind][0])
    line = cron_line(task)
    exported = Schedule(
        type=ScheduleType.CRON, cron=line.fields, timezone=line.timezone
    )
    begin = datetime(2026, 6, 1, tzinfo=UTC)

    expected = task.schedule.upcoming(begin, 50)
    assert exported.upcoming(begin - timedelta(seconds=1), 50) == [
        each.replace(second=0, microsecond=0) for each in expected
    ]


@pytest.mark.parametrize("kind", REFUSED)
def test_what_no_cron_line_says_is_refused_with_the_reason(kind):
    fields, reason = REFUSED[kind]

    with pytest.raises(CannotExport, match=re.escape(reason)):
        cron_line(task_of(fields))


def test_both_days_at_once_are_for_crontabs_and_not_for_kubernetes():
    task = task_of({"schedule_type": "cron", "cron_expression": "0 9 */2 * 1"})

    assert "0 9 */2 * 1 curl" in crontab(task, BASE)
    with pytest.raises(CannotExport, match="Kubernetes"):
        kubernetes(task, BASE)


def test_the_plain_exports_are_those_of_apflow():
    weekdays = {"schedule_type": "cron", "cron_expression": "0 9 * * 1-5"}
    report = task_of(weekdays, id="abc123")
    daily = task_of({"schedule_time": time(9)}, id="abc12345-6789", name="Daily Report")

    assert plain_crontab(report, BASE) == GOLDEN["crontab"]
    assert webhook_url(report, BASE) == webhook_url(report, f"{BASE}/")
    assert webhook_url(report, BASE) == GOLDEN["webhook_url"]
    address = webhook_url(report, BASE)["url"]
    assert plain_cronjob(daily, address, "production") == GOLDEN["cronjob"]


def test_a_crontab_names_its_zone_and_reads_its_token_from_a_file():
    text = crontab(task_of({}, name="Báo cáo\n* * * * * rm -rf ~"), BASE)
    (line,) = [each for each in text.splitlines() if "curl" in each]

    assert "\nCRON_TZ=Europe/Berlin\n" in text
    assert line.startswith("0 7 * * * curl ")
    assert '-H @"$HOME/.config/backbeat/trigger-report"' in line
    assert "Bearer" not in line
    assert not re.search(r"(?<!\\)%", line)
    assert all(each.startswith(("#", "CRON_TZ=", "0 7 ")) for each in text.splitlines())


def test_what_a_crontab_runs_sends_the_token_and_one_key_a_minute(
    tmp_path: Path, httpserver: Any
) -> None:
    httpserver.expect_request("/webhook/trigger/report", "POST").respond_with_json({})
    text = crontab(task_of({}), httpserver.url_for(""))
    command = text.splitlines()[-1].removeprefix("0 7 * * * ").replace(r"\%", "%")
    file = tmp_path / ".config/backbeat/trigger-report"
    file.parent.mkdir(parents=True)
    file.write_text("Authorization: Bearer bbt_secret\n")

    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    subprocess.run(["/bin/sh", "-c", command], check=True, env=environment)

    ((request, _),) = httpserver.log
    assert request.headers["Authorization"] == "Bearer bbt_secret"
    assert re.fullmatch(r"report-\d{12}", request.headers["Idempotency-Key"])


@pytest.mark.parametrize("kind", LINES)
def test_kubernetes_takes_the_manifests_of_every_schedule(kind):
    task = task_of(LINES[kind][0], name='Báo cáo: "sáng"\x85\n- x')

    documents = list(yaml.safe_load_all(kubernetes(task, BASE, token="bbt_secret")))

    assert documents == manifests(task, BASE, token="bbt_secret")
    for each in documents:
        kubernetes_validate.validate(each, "1.31", strict=True)
    assert documents[1]["spec"]["schedule"] == LINES[kind][1]
    assert documents[1]["spec"]["timeZone"] == LINES[kind][2]


def test_the_token_stands_in_the_secret_alone():
    secret, job = manifests(task_of({}), BASE, token="bbt_secret")

    assert secret["stringData"] == {"authorization": "Authorization: Bearer bbt_secret"}
    assert "bbt_secret" not in json.dumps(job)
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["volumes"][0]["secret"]["secretName"] == secret["metadata"]["name"]
    assert "@/etc/backbeat/authorization" in pod["containers"][0]["args"]
    assert pod["securityContext"]["runAsNonRoot"] is True


@pytest.mark.parametrize(
    ("overlap", "policy"),
    [("skip", "Forbid"), ("replace", "Replace"), ("allow", "Allow"), ("queue", "Allow")],
)  # fmt: skip
def test_the_policies_of_a_task_are_those_of_its_cronjob(overlap, policy):
    task = task_of({}, overlap=overlap, active=False, catch_up_window_seconds=7_200)

    spec = manifests(task, BASE)[1]["spec"]

    assert spec["concurrencyPolicy"] == policy
    assert spec["suspend"] is True
    assert spec["startingDeadlineSeconds"] == 7_200


@pytest.mark.parametrize(
    "task_id", ["a" * 100, "A_b", "a-b", "-_-", "x" * 44, "Z" * 63]
)
def test_every_id_makes_names_that_kubernetes_takes(task_id):
    secret, job = manifests(task_of({}, id=task_id), BASE)
    name = job["metadata"]["name"]
    label = job["metadata"]["labels"]["backbeat/task-id"]

    assert name == secret["metadata"]["name"]
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?", name)
    assert re.fullmatch(r"[A-Za-z0-9]([\w-]{0,61}[A-Za-z0-9])?", label)
    assert job["metadata"]["annotations"]["backbeat/task-id"] == task_id


def test_ids_that_look_alike_have_names_of_their_own():
    ids = ["a-b", "a_b", "A-b", "a" * 100, "a" * 99]

    assert len({manifests(task_of({}, id=each), BASE)[1]["metadata"]["name"] for each in ids}) == 5  # fmt: skip
