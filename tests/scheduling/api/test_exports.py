"""`…/exports` and `calendar.ics`: a task for cron servers, Kubernetes and calendar programs."""

from __future__ import annotations

import pytest
import yaml
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from scheduling.models import Run, TriggerKey
from tests.factories import make_member, make_task, make_user
from tests.scheduling.api.conftest import TASKS, client_of

pytestmark = pytest.mark.django_db
EXPORTS = f"{TASKS}report/exports"
WITH_TOKEN = f"{EXPORTS}/with-token"


@pytest.fixture
def task(person):
    return make_task(id="report", name="Report", owner=person)


def test_all_exports_of_a_task(as_person, task):
    body = as_person.get(EXPORTS).json()

    assert body["webhook_url"]["url"] == "http://testserver/webhook/trigger/report"
    assert "CRON_TZ=Asia/Ho_Chi_Minh\n0 7 * * * curl" in body["crontab"]
    secret, job = yaml.safe_load_all(body["kubernetes"])
    assert job["spec"]["schedule"] == "0 7 * * *"
    assert secret["stringData"] == {"authorization": "Authorization: Bearer PUT-A-TRIGGER-TOKEN-HERE"}  # fmt: skip
    assert body["refused"] == {}
    assert TriggerKey.objects.count() == 0


def test_addresses_begin_as_the_settings_say(as_person, task, configure):
    configure("SCHEDULING", public_url="https://backbeat.example")

    assert as_person.get(EXPORTS).json()["webhook_url"]["url"].startswith("https://backbeat.example/webhook/")  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("crontab", "text/plain"), ("kubernetes", "application/yaml")],
)
def test_one_export_as_the_text_that_it_is(as_person, task, kind, media_type):
    answer = as_person.get(f"{EXPORTS}?kind={kind}", headers={"Accept": "*/*"})

    assert answer["Content-Type"] == f"{media_type}; charset=utf-8"
    assert answer.content.decode() == as_person.get(EXPORTS).json()[kind]


def test_an_unknown_kind_is_said(as_person, task):
    answer = as_person.get(f"{EXPORTS}?kind=systemd")

    assert answer.status_code == 400
    assert "crontab or kubernetes" in answer.json()["errors"]["kind"][0]


def test_what_no_cron_line_says_is_refused_with_the_reason(as_person, person):
    make_task(id="report", owner=person, schedule_type="interval", interval_seconds=5400)  # fmt: skip

    body = as_person.get(EXPORTS).json()
    answer = as_person.get(f"{EXPORTS}?kind=crontab")

    assert (body["crontab"], body["kubernetes"]) == ("", "")
    assert "Every 90 minutes" in body["refused"]["crontab"]
    assert answer.status_code == 400
    assert answer.json()["errors"]["kind"] == [body["refused"]["crontab"]]


def test_a_token_is_made_when_it_is_asked_for_and_told_once(as_person, task):
    answer = as_person.post(WITH_TOKEN, {"days": 30}, format="json")

    body = answer.json()
    assert answer.status_code == 201
    assert answer["Cache-Control"] == "no-store"
    assert body["token_file_content"] == f"Authorization: Bearer {body['token']}\n"
    assert f"~/{body['token_file']}" in body["crontab"]
    assert body["token"] in body["kubernetes"]
    assert body["token"] not in body["crontab"]
    assert TriggerKey.objects.get().name == "Export"
    assert body["token"] not in as_person.get(EXPORTS).content.decode()


def test_what_is_exported_triggers_the_task_and_once_for_each_slot(as_person, task):
    body = as_person.post(WITH_TOKEN, format="json").json()
    name, _, value = body["token_file_content"].strip().partition(": ")
    headers = {name: value, "Idempotency-Key": "backbeat-report-29399460"}

    answers = [
        Client().post(body["webhook_url"]["url"], "", "text/plain", headers=headers)
        for _ in range(2)
    ]

    assert [each.status_code for each in answers] == [200, 200]
    assert Run.objects.filter(task=task, trigger="webhook").count() == 1


def test_a_secret_cannot_be_exported(as_person, task):
    answer = as_person.post(WITH_TOKEN, {"kind": "secret"}, format="json")

    assert answer.status_code == 400
    assert TriggerKey.objects.count() == 0


def test_who_is_only_told_of_a_task_gets_no_token_to_it(person):
    make_task(id="report", owner=make_user(), target_user_id=str(person.pk))
    client = client_of(person)

    assert client.get(EXPORTS).status_code == 200
    assert client.post(WITH_TOKEN).status_code == 403
    assert TriggerKey.objects.count() == 0


def test_the_calendar_of_one_task_and_of_all(as_person, person, task):
    make_task(owner=person, name="Another")
    make_task(owner=make_user(), name="Not mine")

    one = as_person.get(f"{TASKS}report/calendar.ics", headers={"Accept": "text/calendar"})  # fmt: skip
    every = as_person.get("/v2/admin/calendar.ics?name=Work")

    assert one["Content-Type"] == "text/calendar; charset=utf-8"
    assert [str(each["SUMMARY"]) for each in Calendar.from_ical(one.content).events] == ["Report"]  # fmt: skip
    assert [str(each["SUMMARY"]) for each in Calendar.from_ical(every.content).events] == ["Another", "Report"]  # fmt: skip
    assert Calendar.from_ical(every.content)["X-WR-CALNAME"] == "Work"


def test_a_calendar_that_the_reader_has_is_not_sent_again(as_person, task):
    etag = as_person.get("/v2/admin/calendar.ics")["ETag"]

    again = as_person.get("/v2/admin/calendar.ics", headers={"If-None-Match": etag})

    assert again.status_code == 304


def test_a_filter_of_the_calendar_that_cannot_be_is_a_problem(as_person):
    answer = as_person.get("/v2/admin/calendar.ics?type=yearly")

    assert answer.status_code == 400
    assert "yearly" in answer.json()["errors"]["type"][0]


# The same in the admin


def page(task):
    return reverse("admin:scheduling_scheduledtask_exports", args=[task.pk])


def test_the_page_of_exports_shows_and_downloads_them(client, task):
    client.force_login(make_member("viewers"))

    shown = client.get(page(task)).text
    file = client.get(page(task), {"download": "kubernetes"})

    assert "CRON_TZ=Asia/Ho_Chi_Minh" in shown
    assert "kind: CronJob" in shown
    assert "Make a token" not in shown
    assert file["Content-Disposition"] == 'attachment; filename="backbeat-report.yaml"'
    assert len(list(yaml.safe_load_all(file.content))) == 2


def test_the_page_makes_a_token_and_tells_it_once(client, task):
    client.force_login(make_member("editors"))

    answer = client.post(page(task))

    token = answer.context["token"]
    assert answer.text.count(token) == 2  # the line for the file, and the Secret
    assert token not in client.get(page(task)).text
    assert TriggerKey.objects.get().task_id == task.pk


def test_the_page_says_why_there_is_no_cron_line(client, person):
    task = make_task(owner=person, schedule_type="none")
    client.force_login(make_member("viewers"))

    assert "It has no schedule" in client.get(page(task)).text
