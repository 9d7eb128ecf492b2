"""What browsers send: NUL and endless searches, which databases refuse, are nobody's fault."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.urls import reverse

from pages.sent import bounded
from tests.factories import make_agent, make_task, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


def test_nul_is_left_out_of_queries_forms_and_cookies(rf):
    request = rf.post("/login/?next=%2Fa%00b", {"username": "a\0b", "tags": ["x\0", "y"]})  # fmt: skip
    request.COOKIES = {"sessionid": "abcdefgh\0", "timezone": "UTC"}
    bounded(lambda _request: HttpResponse())(request)
    assert request.GET["next"] == "/ab"
    assert request.POST["username"] == "ab"
    assert request.POST.getlist("tags") == ["x", "y"]
    assert request.COOKIES == {"timezone": "UTC"}


def test_what_was_sent_is_the_same_where_nothing_is_wrong(rf):
    request = rf.post("/login/?next=/a", {"username": "lan"})
    asked, sent = request.GET, request.POST
    bounded(lambda _request: HttpResponse())(request)
    assert request.GET is asked
    assert request.POST is sent


def test_a_long_prompt_stays_whole(rf):
    request = rf.post("/admin/", {"input_message": "x" * 60_000})
    bounded(lambda _request: HttpResponse())(request)
    assert len(request.POST["input_message"]) == 60_000


def test_an_address_with_nul_leads_nowhere(client):
    assert client.get("/sessions/%00/").status_code == 404


def test_the_api_says_itself_what_is_wrong(rf):
    request = rf.get("/v2/tasks?q=%00")
    bounded(lambda _request: HttpResponse())(request)
    assert request.GET["q"] == "\0"


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("scheduling_scheduledtask", {"agent__id__exact": "a\0b"}),
        ("scheduling_run", {"task_ref": "a\0b", "task__id__exact": "\0"}),
        ("signals_signaloutput", {"ticker": "a\0b"}),
        ("notifications_delivery", {"webhook_name": "x" * 60_000}),
        ("scheduling_scheduledtask", {"q": "a " * 1_200}),
        ("scheduling_run", {"q": "%" * 60_000}),
    ],
)
def test_a_list_takes_any_search(boss, page, query):
    url = reverse(f"admin:{page}_changelist")
    assert boss.get(url, query, follow=True).status_code == 200


@pytest.mark.parametrize(
    "page", ["scheduling_run", "notifications_delivery", "signals_signaloutput"]
)
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("zone", ["Asia/Ho_Chi_Minh", "America/Los_Angeles"])
def test_a_list_takes_the_first_and_the_last_day_of_the_calendar(boss, page, day, zone):  # fmt: skip
    boss.cookies["timezone"] = zone
    days = {"created_at_from": day, "created_at_to": day}
    url = reverse(f"admin:{page}_changelist")
    assert boss.get(url, days, follow=True).status_code == 200


@pytest.mark.parametrize("field", ["agent", "tags"])
def test_a_choice_takes_any_search(boss, field):
    asked = {"app_label": "scheduling", "model_name": "scheduledtask", "field_name": field}  # fmt: skip
    answer = boss.get(reverse("admin:autocomplete"), asked | {"term": "a\0 " * 1_200})
    assert answer.status_code == 200


def test_a_task_takes_no_nul_from_its_form(boss):
    make_task(id="report", agent=make_agent())
    url = reverse("admin:scheduling_scheduledtask_preview")
    assert boss.post(url, {"task": "rep\0ort"}).status_code == 200
