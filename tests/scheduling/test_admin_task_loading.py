"""The page that imports tasks: the plan first, and then exactly that."""

from __future__ import annotations

import html
import re

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from scheduling.admin.task import loading
from scheduling.models import Agent, ImportedTask, ScheduledTask
from tests.factories import make_agent, make_task, make_user
from tests.scheduling.interop.native import REPORT

pytestmark = pytest.mark.django_db


@pytest.fixture
def page() -> str:
    return reverse("admin:scheduling_scheduledtask_import_tasks")


@pytest.fixture
def boss(client: Client):
    user = make_user(is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


def seal_of(answer) -> str:
    found = re.search(r'name="seal" value="([^"]+)"', answer.content.decode())
    return html.unescape(found[1]) if found else ""


def test_the_list_leads_to_it(client, boss, page):
    listed = client.get(reverse("admin:scheduling_scheduledtask_changelist"))
    assert page in listed.content.decode()
    assert "Show what would be done" in client.get(page).content.decode()


def test_the_plan_is_shown_and_nothing_written(client, boss, page):
    answer = client.post(page, {"text": REPORT})
    shown = answer.content.decode()
    assert "create" in shown
    assert "secret-path" not in shown
    assert seal_of(answer)
    assert not ScheduledTask.objects.exists()


def test_what_was_planned_is_done(client, boss, page):
    file = SimpleUploadedFile("reports.yaml", REPORT.encode())
    blank = dict.fromkeys(("text", "format", "agent_id", "timezone", "name"), "")
    seal = seal_of(client.post(page, {"uploads": file} | blank))
    answer = client.post(page, {"seal": seal, "text": "backbeat: 1"})
    assert answer.status_code == 302
    report = ScheduledTask.objects.get(pk="report")
    assert (report.owner, report.updated_by) == (boss, boss)
    assert ImportedTask.objects.get(pk="report").source == "reports.yaml"


def test_the_seal_hides_what_the_files_hold(client, boss, page):
    seal = seal_of(client.post(page, {"text": REPORT}))
    assert "secret" not in seal
    assert "Bearer" not in seal


def test_a_seal_of_somebody_else_or_of_nobody_is_refused(client, boss, page):
    seal = seal_of(client.post(page, {"text": REPORT}))
    client.force_login(make_user(is_staff=True, is_superuser=True))
    for sent in (seal, "x", seal[:-4], ""):
        answer = client.post(page, {"seal": sent})
        assert answer.status_code == 400
        assert "choose the files again" in answer.content.decode()
    assert not ScheduledTask.objects.exists()


def test_an_old_seal_is_refused(client, boss, page, monkeypatch):
    monkeypatch.setattr("scheduling.admin.task.load_form.VALID_SECONDS", -1)
    seal = seal_of(client.post(page, {"text": REPORT}))
    assert client.post(page, {"seal": seal}).status_code == 400


def test_what_changed_between_is_planned_again_and_told(client, boss, page):
    seal = seal_of(client.post(page, {"text": REPORT}))
    make_task(id="report", name="Somebody was first")
    answer = client.post(page, {"seal": seal})
    shown = answer.content.decode()
    assert "Something was changed meanwhile" in shown
    assert "was not loaded from a file" in shown
    assert ScheduledTask.objects.get().name == "Somebody was first"
    assert client.post(page, {"seal": seal_of(answer)}).status_code == 302
    assert ScheduledTask.objects.filter(pk="digest").exists()


def test_faults_are_shown_with_their_lines_and_cannot_be_confirmed(client, boss, page):
    answer = client.post(page, {"text": REPORT.replace("07:00", "27:00")})
    shown = answer.content.decode()
    assert "(text):12" in shown
    assert "27:00" in shown
    assert not seal_of(answer)


def test_what_was_typed_is_still_there_when_it_has_a_fault(client, boss, page):
    text = "backbeat: 1\ntasks:\n- {name: A, hue: red}"
    shown = client.post(page, {"text": text, "name": "shop"}).content.decode()
    assert "- {name: A, hue: red}</textarea>" in shown
    assert 'value="shop"' in shown
    assert "Choose other files" not in shown


def test_more_than_it_can_write_while_others_wait_is_refused(
    client, boss, page, monkeypatch
):
    monkeypatch.setattr(loading, "MOST_WRITTEN", 2)
    answer = client.post(page, {"text": REPORT})
    shown = html.unescape(answer.content.decode())
    assert answer.status_code == 400
    assert "things to write are too many for this page" in shown
    assert "at most 2. manage.py load_tasks takes more" in shown
    assert "secret-path" in shown, "what was typed"
    assert seal_of(answer) == ""


def test_what_files_say_is_escaped(client, boss, page):
    text = REPORT.replace("name: Report", "name: <script>alert(1)</script>")
    shown = client.post(page, {"text": text}).content.decode()
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "Choose a file"),
        ({"text": REPORT, "timezone": "Mars/Base"}, "Mars/Base"),
        ({"text": "x" * 1_000_001}, "too much for this page"),
        ({"text": REPORT, "format": "nonsense"}, "nonsense"),
    ],
)
def test_what_the_form_cannot_use_is_told_there(client, boss, page, sent, said):
    answer = client.post(page, sent)
    assert answer.status_code == 400
    assert said in answer.content.decode()


def test_a_file_that_is_no_text_is_told(client, boss, page):
    answer = client.post(page, {"uploads": SimpleUploadedFile("x.yaml", b"\xff\xfe")})
    assert answer.status_code == 400
    assert "x.yaml: byte 0 is no UTF-8" in answer.content.decode()


def test_who_may_not_add_agents_imports_none(client, page):
    user = make_user(is_staff=True)
    names = ("add_scheduledtask", "change_scheduledtask", "view_scheduledtask")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)
    answer = client.post(page, {"text": REPORT})
    assert "you may not add agents" in answer.content.decode()
    assert not seal_of(answer)
    make_agent(id="analyst")
    answer = client.post(page, {"text": REPORT, "agent_id": "analyst"})
    assert Agent.objects.count() == 1
