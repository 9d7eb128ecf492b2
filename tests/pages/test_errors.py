"""Error pages, and the policy of what pages may load."""

from __future__ import annotations

import pytest
from django.core.exceptions import SuspiciousOperation
from django.template.loader import get_template
from django.urls import reverse

from notifications.inbox import views
from tests.factories import make_user


def text(answer):
    return answer.content.decode()


def test_a_browser_is_told_in_words_that_nothing_is_there(client, db):
    answer = client.get("/nowhere", headers={"accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 404
    assert "There is nothing here" in text(answer)


def test_who_would_rather_have_json_gets_a_problem_document(client):
    answer = client.get("/nowhere", headers={"accept": "application/json"})
    assert (answer.status_code, answer["Content-Type"]) == (
        404,
        "application/problem+json",
    )


@pytest.mark.parametrize("accept", ["*/*", "image/*", "nonsense", ""])
def test_who_takes_anything_gets_a_page(client, db, accept):
    answer = client.get("/nowhere", headers={"accept": accept})
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.django_db
def test_our_own_fault_is_a_page_that_tells_nothing(client, monkeypatch):
    def fail(*_):
        raise RuntimeError("a secret")

    monkeypatch.setattr(views, "inbox_of", fail)
    client.force_login(make_user())
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    assert "Something went wrong here" in text(answer)
    assert "secret" not in text(answer)


def test_the_page_of_a_fault_needs_no_database():
    assert "Something went wrong here" in get_template("500.html").render()


@pytest.mark.django_db
def test_what_cannot_be_read_is_a_page(client, monkeypatch):
    def suspicious(*_):
        raise SuspiciousOperation("a secret")

    monkeypatch.setattr(views, "inbox_of", suspicious)
    client.force_login(make_user())
    answer = client.get("/")
    assert answer.status_code == 400
    assert "This request cannot be read" in text(answer)
    assert "secret" not in text(answer)


@pytest.mark.django_db
def test_staff_without_a_permission_are_told_who_they_are(client):
    client.force_login(make_user(username="an", is_staff=True))
    answer = client.get(reverse("admin:scheduling_run_changelist"))
    assert answer.status_code == 403
    assert "You are signed in as an, who has no permission for this" in text(answer)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/login/", "/account/", "/nowhere"])
def test_pages_outside_the_admin_have_no_inline_script_or_style(client, path):
    if path != "/login/":
        client.force_login(make_user())
    answer = client.get(path)
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert " style=" not in text(answer)
    assert " onclick=" not in text(answer)
    assert text(answer).count("<script") == text(answer).count("<script src=")
