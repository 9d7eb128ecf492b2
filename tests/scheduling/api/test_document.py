"""The OpenAPI document reads well, and what its contract test has found stays mended."""

from __future__ import annotations

import re

import pytest

from scripts.make_client import document
from tests.factories import make_delivery, make_task, make_webhook
from tests.scheduling.api.conftest import TASKS


def operations():
    return [each for path in document()["paths"].values() for each in path.values()]


def test_every_operation_has_a_name_of_its_own_that_begins_with_a_verb():
    names = [each["operationId"] for each in operations()]
    assert len(names) == len({*names})
    assert [each for each in names if not re.fullmatch(r"[a-z]+(_[a-z]+)*", each)] == []
    assert {"list_tasks", "create_task", "update_task", "run_task"} <= {*names}
    assert [each for each in names if each.startswith(("admin_", "v2_"))] == []


def test_every_operation_tells_what_it_refuses():
    for each in operations():
        assert {"400", "406"} <= {*each["responses"]}, each["operationId"]


def test_what_is_edited_takes_conditions_and_what_is_posted_a_key():
    path = document()["paths"]["/v2/admin/scheduled-tasks/{id}/"]
    names = {verb: str(path[verb]["parameters"]) for verb in path}
    assert all("IfMatch" in names[verb] for verb in ("put", "patch", "delete"))
    assert "IfNoneMatch" in names["get"]
    posted = document()["paths"]["/v2/admin/scheduled-tasks/"]["post"]
    assert "IdempotencyKey" in str(posted["parameters"])


@pytest.mark.django_db
def test_deliveries_are_filtered_by_their_format(as_staff):
    make_delivery(make_webhook(make_task(), format="raw"))
    for name, count in (("raw", 1), ("slack", 0)):
        answer = as_staff.get("/v2/admin/deliveries/", {"format": name})
        assert (answer.status_code, len(answer.json()["results"])) == (200, count)


@pytest.mark.django_db
@pytest.mark.parametrize("said", ["maybe", "null", "yes"])
def test_a_filter_that_is_neither_true_nor_false_is_refused(as_staff, said):
    answer = as_staff.get(TASKS, {"active": said})
    assert answer.status_code == 400
    assert said in answer.json()["errors"]["active"][0]


@pytest.mark.django_db
def test_options_is_no_method_of_the_api(as_staff):
    answer = as_staff.options("/v2/admin/budgets/owners/nobody")
    assert answer.status_code == 405
    assert "PUT" in answer["Allow"]


def test_posting_to_an_unknown_address_is_a_problem_document(client):
    client.handler.enforce_csrf_checks = True
    answer = client.post("/v2/nowhere", b"{}", "application/json")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_the_document_says_what_is_taken_where_that_is_more_than_what_is_answered():
    schemas = document()["components"]["schemas"]
    taken, told = (schemas[name]["properties"] for name in ("TaskRequest", "Task"))
    for name, kinds in {
        "run_at": ["date-time", "string"],
        "target_user_id": ["string", "integer"],
        "day_cost_limit": ["decimal", "number"],
    }.items():
        found = taken[name]["anyOf"]
        assert [each.get("format", each["type"]) for each in found] == kinds
        assert told[name]["type"] == "string"
    assert schemas["TaskRequest"]["additionalProperties"] is False
    assert "additionalProperties" not in schemas["Task"]
