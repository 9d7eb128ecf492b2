"""What is no body for this API, and how that is said."""

from __future__ import annotations

import json

import pytest

from config.api import MAX_BODY_BYTES
from scheduling.models import ScheduledTask
from tests.factories import make_agent
from tests.scheduling.api.conftest import TASKS

pytestmark = pytest.mark.django_db


def post(client, body, content_type="application/json", **more):
    return client.generic("POST", TASKS, body, content_type, **more)


def problem_of(answer, status):
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["instance"] == TASKS
    return problem


class Unreadable:
    """A body that fails the test when somebody reads it."""

    def read(self, *_):
        raise AssertionError("the body was read")

    readline = read


def test_a_body_that_says_it_is_too_large_is_not_read(as_staff):
    environment = {"CONTENT_LENGTH": str(50 * 1024 * 1024), "wsgi.input": Unreadable()}
    problem = problem_of(as_staff.post(TASKS, {}, **environment), 413)
    assert str(MAX_BODY_BYTES) in problem["detail"]
    assert ScheduledTask.objects.count() == 0


def test_a_body_of_just_the_limit_is_read(as_staff):
    body = b'{"name": "' + b"x" * (MAX_BODY_BYTES - 12) + b'"}'
    assert len(body) == MAX_BODY_BYTES
    assert "agent_id" in problem_of(post(as_staff, body), 400)["errors"]


def test_a_body_one_byte_longer_is_not(as_staff):
    problem_of(post(as_staff, b" " * (MAX_BODY_BYTES + 1)), 413)


def test_broken_json_is_named_by_line_and_column(as_staff):
    problem = problem_of(post(as_staff, '{"name": "x",\n "active": tru}'), 400)
    assert "line 2, column 12" in problem["detail"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_no_json_is_refused(as_staff, number):
    problem = problem_of(post(as_staff, f'{{"interval_seconds": {number}}}'), 400)
    assert number in problem["detail"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [("[1]", "a list"), ('"x"', "a text"), ("7", "a number"), ("null", "null"), ("true", "true")],
)  # fmt: skip
def test_a_body_that_is_no_object_is_refused(as_staff, body, kind):
    assert kind in problem_of(post(as_staff, body), 400)["detail"]


def test_bytes_that_are_no_text_are_refused(as_staff):
    assert "UTF-8" in problem_of(post(as_staff, b'{"name": "\xff"}'), 400)["detail"]


def test_a_body_nested_without_end_is_refused(as_staff):
    body = '{"a":' + "[" * 100_000 + "]" * 100_000 + "}"
    assert "deep" in problem_of(post(as_staff, body), 400)["detail"]


def test_an_endless_integer_is_refused(as_staff):
    problem_of(post(as_staff, '{"max_attempts": ' + "9" * 5_000 + "}"), 400)


def test_an_empty_body_names_what_is_missing(as_staff):
    assert "name" in problem_of(post(as_staff, ""), 400)["errors"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
def test_another_kind_of_body_is_refused(as_staff, kind):
    assert kind in problem_of(post(as_staff, "name=x", kind), 415)["detail"]


def test_a_method_that_is_not_there_is_refused(as_staff):
    assert problem_of(as_staff.delete(TASKS), 405)["title"] == "Method Not Allowed"


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b"], ids=["nul", "surrogate"])
def test_text_that_no_database_takes_is_refused(as_staff, text):
    problem = problem_of(post(as_staff, json.dumps({"name": text})), 400)
    assert "name" in problem["errors"]


def test_json_that_no_database_takes_is_cleaned(as_staff):
    hook = {"url": "https://example.com", "body_template": {"a\x00": "\ud800"}}
    body = {
        "name": "x", "agent_id": make_agent().id, "input_message": "x", "webhooks": [hook],
        "schedule_type": "daily", "schedule_time": "07:00",
    }  # fmt: skip
    answer = post(as_staff, json.dumps(body))
    assert answer.status_code == 201, answer.content
    assert answer.json()["webhooks"][0]["body_template"] == {"a": "\ufffd"}


@pytest.mark.parametrize(
    "body", ['{"\\ud800": 1}', '{"schedule_type": "\\ud800"}']
)  # fmt: skip
def test_a_lone_surrogate_is_repeated_as_something_readable(as_staff, body):
    assert "\ufffd" in str(problem_of(post(as_staff, body), 400)["errors"])


DAILY = {"schedule_type": "daily", "schedule_time": "07:00"}
TASK = {"name": "n", "agent_id": "simplize", "input_message": "hi", **DAILY}


@pytest.mark.parametrize(
    ("field", "said", "expected"),
    [
        ("name", 5, "Expected a text, in quotes; this is 5."),
        ("name", True, "Expected a text, in quotes; this is true."),
        (
            "deadline_seconds",
            "60",
            'Expected a whole number, without quotes; this is "60".',
        ),
        (
            "deadline_seconds",
            60.5,
            "Expected a whole number, without quotes; this is 60.5.",
        ),
        (
            "active",
            "yes",
            'Expected true or false, without quotes; this is "yes".',
        ),
        ("active", 1, "Expected true or false, without quotes; this is 1."),
        (
            "day_cost_limit",
            "1e2",
            'Expected a number such as 0.25, in quotes or without; this is "1e2".',
        ),
        ("target_user_id", True, "Expected an id, in quotes; this is true."),
    ],
)
def test_a_value_of_another_json_type_is_not_converted(as_staff, field, said, expected):
    make_agent(id="simplize")
    problem = problem_of(post(as_staff, json.dumps(TASK | {field: said})), 400)
    assert problem["errors"] == {field: [expected]}
    assert ScheduledTask.objects.count() == 0


def test_a_value_of_another_type_is_found_in_lists_and_in_objects(as_staff):
    make_agent(id="simplize")
    hook = {"url": "https://example.com/h", "headers": {"X-A": 1}, "active": "true"}
    body = TASK | {"tags": ["a", 2], "weekdays": ["1"], "webhooks": [hook]}
    assert {*problem_of(post(as_staff, json.dumps(body)), 400)["errors"]} == {
        "tags[1]",
        "weekdays[0]",
    }
    del body["tags"], body["weekdays"]
    assert {*problem_of(post(as_staff, json.dumps(body)), 400)["errors"]} == {
        "webhooks[0].headers.X-A",
        "webhooks[0].active",
    }


def test_an_id_a_limit_and_a_moment_may_be_written_in_either_way(as_staff):
    make_agent(id="simplize")
    moments = ("2027-01-31T07:00", "2027-01-31T07:00:00+07:00")
    for number, (user, cost, moment) in enumerate(
        zip((45, "45"), (2, "2"), moments, strict=True)
    ):
        body = TASK | {"name": f"n{number}", "target_user_id": user}
        body |= {"day_cost_limit": cost, "start_at": moment, "deadline_seconds": 60.0}
        answer = post(as_staff, json.dumps(body))
        assert answer.status_code == 201, answer.content
        said = answer.json()
        assert (said["target_user_id"], said["day_cost_limit"]) == ("45", "2")
        assert said["start_at"] == "2027-01-31T00:00:00Z"
        assert said["deadline_seconds"] == 60
