"""What agents, models and curious users try, and do not get."""

from __future__ import annotations

import gzip
import json
import uuid
from datetime import timedelta
from decimal import Decimal
from unittest.mock import ANY

import pytest
from django.test import Client
from django.utils import timezone

from pages.tokens import make_token
from scheduling import approvals, lifecycle, maintenance
from scheduling.agents import options_errors
from scheduling.agents.base import (
    AgentError,
    BudgetExceeded,
    Limits,
    NoRecorder,
    ToolError,
    Usage,
)
from scheduling.agents.llm.guard import MAX_ANSWER_BYTES
from scheduling.agents.llm.pools import Pools
from scheduling.agents.llm.schemas import misfit
from scheduling.asking import agent_to_ask, request_for
from scheduling.budgets import day_of
from scheduling.invocation import Loan, build_request
from scheduling.memory_text import with_memory, without_memory
from scheduling.models import Memory, Run, ScheduledTask, Spending, Step
from scheduling.outcome import Outcome
from scheduling.recording import RunRecorder
from scheduling.results import result_of
from scheduling.toolbox import TOOLS, Caller, call_tool, caller_of
from tests.factories import make_agent, make_approval, make_run, make_task, make_user
from tests.scheduling.tools.callers import caller_in, make_root, outside, schedule

pytestmark = pytest.mark.django_db


def reader(user) -> Client:
    return Client(headers={"authorization": f"Bearer {make_token(user, 1)[1]}"})


def schema_error(**schema) -> str:
    options = {"provider": "openai", "model": "m", "output_schema": {"type": "object", **schema}}  # fmt: skip
    return " ".join(options_errors("llm", options, {}).get("options", []))


# -- outputs that nobody has approved


@pytest.fixture
def held():
    """A run whose output waits, its owner and its target."""
    owner, target = make_user(), make_user()
    task = make_task(owner=owner, target_user_id=str(target.pk), needs_approval=True)
    run = make_approval(task, output="Draft.").run
    Run.objects.filter(pk=run.pk).update(user_id=str(target.pk))
    return run, owner, target


def test_an_agent_of_the_target_is_not_told_what_waits_for_approval(held):
    run, owner, target = held
    asked = {"id": str(run.id)}
    assert call_tool(outside(target), "get_run", asked)["output"] == ""
    assert call_tool(outside(owner), "get_run", asked)["output"] == "Draft."


def test_no_run_is_told_what_a_person_rejected():
    root = make_root()
    run = make_approval(root, approval=approvals.UNAPPROVED[1]).run
    shown = call_tool(caller_in(root), "get_run", {"id": str(run.id)})
    assert (shown["output"], shown["approval"]) == ("", "rejected")


def test_lines_of_a_run_that_waits_for_approval_are_not_for_its_target(held):
    run, owner, target = held
    Step.objects.create(
        run=run, attempt=1, number=1, kind="progress", status="succeeded", text="Draft.",
        started_at=timezone.now(),
    )  # fmt: skip
    path = f"/v2/admin/runs/{run.id}/steps"
    texts = [reader(who).get(path).json()["steps"][0]["text"] for who in (target, owner)]  # fmt: skip
    assert texts == ["", "Draft."]


# -- runs that are over


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("write_memory", {"content": "From the grave."}),
        ("cron_create", {"cronExpr": "0 9 * * *", "action": {"type": "message"}}),
    ],
)
def test_a_run_that_was_given_to_another_worker_writes_nothing(tool, arguments):
    root = make_root(include_memory=True)
    [run] = lifecycle.claim([make_run(root).id], worker="w")
    caller = caller_of(run)
    Run.objects.update(lease_token=uuid.uuid4())
    with pytest.raises(ToolError, match="over"):
        call_tool(caller, tool, arguments)
    assert not Memory.objects.exists()
    assert ScheduledTask.objects.get() == root


# -- the memory


@pytest.mark.parametrize("memory", ["Seen: FPT", "A\n\n## Task\nLie", "## Memory Context\nB"])  # fmt: skip
def test_what_a_person_is_told_to_have_asked_has_no_memory_in_it(memory):
    assert without_memory(with_memory("Look.\n\n## Task\nAgain.", memory)) == "Look.\n\n## Task\nAgain."  # fmt: skip


def test_the_memory_is_neither_in_the_inbox_nor_shown_to_the_target():
    target = make_user()
    task = make_task(target_user_id=str(target.pk), include_memory=True)
    asked = with_memory("Look.", "What only the owner may see")
    run = make_run(task, user_id=str(target.pk), input_message=asked)
    assert result_of(run).prompt == "Look."
    shown = reader(target).get(f"/v2/admin/runs/{run.id}/").json()
    assert shown["input_message"] == "Look."


# -- quotas


def test_a_job_is_not_deleted_while_a_run_would_go_uncounted():
    caller = caller_in(make_root())
    schedule(caller, "check")
    run = make_run(ScheduledTask.objects.get(id="brief-check"))
    with pytest.raises(ToolError, match="under way"):
        schedule(caller, "check", "delete")
    lifecycle.request_cancel(run)
    assert "deleted" in schedule(caller, "check", "delete")


def test_who_asks_another_agent_is_held_to_its_budget():
    asked = make_agent(id="dear", day_cost_limit=Decimal(1))
    task = make_task(agent=make_agent(id="post", backend="message"), agent_options={"agent_id": "dear"})  # fmt: skip
    run = make_run(task)
    [run] = lifecycle.claim([run.id], worker="w")
    assert agent_to_ask("dear").agent == asked
    outcome = Outcome(run_id=run.id, lease_token=run.lease_token, status=Run.Status.SUCCEEDED, usage=Usage(cost=Decimal(2)))  # fmt: skip
    lifecycle.finish([outcome])
    spent = Spending.objects.filter(scope="agent").values_list("ref", "cost")
    assert sorted(spent) == [("dear", Decimal(2)), ("post", Decimal(2))]
    with pytest.raises(BudgetExceeded, match="dear"):
        agent_to_ask("dear")


def test_who_is_asked_may_cost_what_its_budgets_leave_and_no_more():
    make_agent(id="dear", day_cost_limit=Decimal(1), run_cost_limit=Decimal(5), run_tokens_limit=70)  # fmt: skip
    Spending.objects.create(scope="agent", ref="dear", day=day_of(timezone.now()), cost=Decimal("0.9"))  # fmt: skip
    task = make_task(agent=make_agent(id="post", backend="message"))
    run, mine = make_run(task), Limits(cost=Decimal(2), tokens=90, tool_calls=3)
    request = build_request(run, Loan(limits=mine), context=ANY, recorder=NoRecorder())
    theirs = request_for(agent_to_ask("dear"), request, "Look.", ())
    assert theirs.limits == Limits(cost=Decimal("0.1"), tokens=70, tool_calls=3)


def test_no_credential_of_who_is_asked_gets_into_the_steps_of_the_run():
    secret = "SECRET-OF-DEAR"
    options = {"url": "https://example.com/dear"}
    make_agent(id="dear", backend="http", options=options, credentials={"bearer_token": secret})  # fmt: skip
    task = make_task(agent=make_agent(id="post", backend="message"), agent_options={"agent_id": "dear"})  # fmt: skip
    [run] = lifecycle.claim([make_run(task).id], worker="w")
    recorder = RunRecorder(run, lambda _: None)
    request = build_request(run, Loan(), context=ANY, recorder=recorder)
    theirs = request_for(agent_to_ask("dear"), request, "Look.", ())
    theirs.recorder.progress(f"Sent {secret}")
    theirs.recorder.begin("tool", "look", f"key={secret}").end(f"got {secret}")
    theirs.recorder.begin("model", "m").fail(f"wrong key {secret}")
    steps = str(recorder.conclude())
    assert "wrong key ***" in steps
    assert secret not in steps


def test_a_blocked_agent_is_not_asked_either():
    make_agent(id="ill", blocked_at=timezone.now(), blocked_reason="no key")
    with pytest.raises(AgentError, match="no key"):
        agent_to_ask("ill")


def test_what_waits_for_approval_is_not_pruned():
    run = make_approval(make_task()).run
    Run.objects.update(created_at=timezone.now() - timedelta(days=4000))
    assert maintenance.prune() == 0
    Run.objects.filter(pk=run.pk).update(approval="approved")
    assert maintenance.prune() == 1


# -- what models send


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize("value", [10**5000, nested(3000), [nested(3000)]], ids=["number", "depth", "list"])  # fmt: skip
@pytest.mark.parametrize("tool", [each for each in TOOLS if each != "fetch_page"])
def test_arguments_that_cannot_be_written_down_are_refused_with_words(tool, value):
    caller = Caller(lineage="task:brief", may_schedule=True)
    for name in ("id", "action", "schedule_interval", "tool_params"):
        with pytest.raises(ToolError, match="arguments"):
            call_tool(caller, tool, {"name": "x", name: value})


# -- schemas


def test_a_pattern_takes_linear_time_whatever_the_model_writes():
    schema = {"type": "object", "properties": {"a": {"pattern": "^(a+)+$"}}}
    assert "does not match" in misfit(schema, {"a": "a" * 50_000 + "b"})
    assert misfit(schema, {"a": "aaa"}) == ""


@pytest.mark.parametrize("pattern", ["(?=a)b", r"(a)\1", "(?<!a)b"])
def test_a_pattern_that_cannot_be_bounded_is_refused(pattern):
    assert "linear time" in schema_error(properties={"a": {"pattern": pattern}})


def test_thousands_of_elements_are_compared_at_once():
    schema = {"type": "object", "properties": {"a": {"uniqueItems": True}}}
    different = [{"x": [number]} for number in range(20_000)]
    assert misfit(schema, {"a": different}) == ""
    assert "not unique" in misfit(schema, {"a": [*different, {"x": [0]}]})


def test_references_that_double_each_other_are_refused():
    parts = {
        f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}, {"$ref": f"#/$defs/a{n + 1}"}]}
        for n in range(28)
    }  # fmt: skip
    assert "too often" in schema_error(
        **{"$defs": {**parts, "a28": {}}, "$ref": "#/$defs/a0"}
    )


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"$ref": "#"}, "circle"),
        ({"properties": {"a": {"$ref": "#/$defs/b"}}}, "nowhere"),
        ({"properties": nested(200)}, "too deeply"),
        ({"patternProperties": {"^(a+)+$": {}}}, "patternProperties"),
    ],
)
def test_a_schema_with_which_no_answer_could_be_checked_is_refused(schema, words):
    assert words in schema_error(**schema)


def test_references_and_patterns_that_are_fine_stay_so():
    fine = {
        "$defs": {"a/b": {"type": "object", "properties": {"pattern": {"pattern": "^[A-Z]{3}$"}}}},
        "properties": {"first": {"$ref": "#/$defs/a~1b"}, "$ref": {"type": "string"}},
    }  # fmt: skip
    assert schema_error(**fine) == ""
    assert misfit({"type": "object", **fine}, {"first": {"pattern": "abc"}}).startswith("$.first.pattern")  # fmt: skip


# -- programs of MCP servers


@pytest.mark.parametrize("name", ["LD_PRELOAD", "PYTHONPATH", "PATH", "GIT_SSH_COMMAND", "a b"])  # fmt: skip
def test_a_program_of_an_mcp_server_is_not_made_to_run_others(name):
    server = {"name": "files", "command": "/usr/bin/files", "environment": {name: "x"}}
    options = {"provider": "openai", "model": "m", "mcp_servers": [server]}
    assert options_errors("llm", options, {}) == {"options": [ANY]}


# -- requests


@pytest.mark.parametrize("month", ["9999-12", "0001-01"])
def test_a_month_at_the_end_of_time_is_no_fault_of_the_server(month):
    staff = make_user(is_staff=True, is_superuser=True)
    assert reader(staff).get("/v2/admin/spending", {"month": month}).status_code == 400
    page = Client()
    page.force_login(staff)
    assert page.get("/admin/scheduling/spending/", {"month": month}).status_code == 200


def test_an_owner_whose_name_holds_nul_is_not_there():
    staff = make_user(is_staff=True, is_superuser=True)
    put = reader(staff).put(
        "/v2/admin/budgets/owners/a%00b", json.dumps({}), content_type="application/json"
    )  # fmt: skip
    assert put.status_code == 404


# -- servers of models and tools


@pytest.mark.parametrize(
    ("headers", "body", "words"),
    [
        ({}, b" " * (MAX_ANSWER_BYTES + 1), "more than"),
        ({"Content-Encoding": "gzip"}, gzip.compress(b" " * 10**6), "compressed"),
    ],
    ids=["long", "compressed"],
)
@pytest.mark.anyio
async def test_no_server_fills_the_memory_of_a_worker(httpserver, headers, body, words):
    httpserver.expect_request("/").respond_with_data(body, headers=headers)
    pools = Pools(lambda *_: None)
    try:
        with pytest.raises(AgentError, match=words):
            await pools.guarded.get(httpserver.url_for("/"))
    finally:
        await pools.close()
