"""An agent that cannot run as it is set up: blocked with the reason, and let go when it is mended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from scheduling import agents, blocking, cycles, lifecycle, services, tasks
from scheduling.agents.base import (
    AgentBackend,
    AgentRequest,
    AgentResult,
    Finding,
    Misconfigured,
    Options,
)
from scheduling.dispatch import dispatch_due
from scheduling.exceptions import Conflict
from scheduling.models import Agent, Dependency, Event, Run
from scheduling.outcomes import failed, token_of
from tests.factories import make_agent, make_run, make_task, make_user
from tests.scheduling.due import MINUTE, NOW, ledger, minutely, told

pytestmark = pytest.mark.django_db

NO_KEY = "There is no API key: give it one."


class Answers(Options):
    pass


class Keyed(AgentBackend[Answers]):
    """Needs a key; its preflight sees that, unless it is told to be blind."""

    label, options_class = "keyed", Answers
    credential_names = frozenset({"api_key"})
    blind = False
    passing = False

    async def invoke(self, request: AgentRequest[Answers]) -> AgentResult:
        if not request.credentials.get("api_key"):
            raise Misconfigured(NO_KEY)
        return AgentResult(output="well")

    async def preflight(self, options: Any, credentials: Any, context: Any) -> Any:
        if self.blind or credentials.get("api_key"):
            return [Finding(name="key", ok=True, words="There is a key.")]
        return [Finding(name="key", ok=False, words=NO_KEY, passing=self.passing)]


@pytest.fixture
def keyed(monkeypatch):
    """The backend, for agents called `keyed`; what a test sets on it is undone."""
    monkeypatch.setitem(agents.AGENT_BACKENDS, "keyed", ("Keyed", f"{__name__}.Keyed"))
    monkeypatch.setattr(agents, "_opened", {})
    for name in ("blind", "passing"):
        monkeypatch.setattr(Keyed, name, False)
    return Keyed


@pytest.fixture
def agent(keyed):
    return make_agent(id="analyst", backend="keyed")


def try_failed(run: Run, words: str = NO_KEY) -> None:
    """Let the run be claimed and end as its agent's `Misconfigured` makes it end."""
    (claimed,) = lifecycle.claim([run.id], worker="w")
    end(claimed, words)


def end(claimed: Run, words: str) -> None:
    """End a claimed run as its agent's `Misconfigured` makes it end."""
    ended = failed(claimed, words)
    lifecycle.finish([type(ended)(**{**vars(ended), "blocked": words, "lease_token": token_of(claimed)})])  # fmt: skip


def fresh(agent: Agent) -> Agent:
    return Agent.objects.get(pk=agent.pk)


def kinds() -> list[str]:
    return list(Event.objects.order_by("id").values_list("kind", flat=True))


def test_a_try_that_found_the_agent_misconfigured_blocks_it_once(agent):
    task = make_task(agent=agent, overlap="allow")
    first, second = make_run(task), make_run(task)
    claimed = lifecycle.claim([first.id, second.id], worker="w")
    for run, words in zip((first, second), (NO_KEY, "Something else."), strict=True):
        end(next(each for each in claimed if each.id == run.id), words)
    found = fresh(agent)
    assert (found.blocked_reason, found.blocked_at is not None) == (NO_KEY, True)
    (event,) = Event.objects.all()
    assert (event.kind, event.task, event.run, event.data) == (
        "blocked", task, first, {"agent": "analyst"},
    )  # fmt: skip
    assert event.note == f"The agent “analyst” cannot run: {NO_KEY}"


def test_a_task_that_names_no_address_blocks_only_itself():
    agent = make_agent(id="hook", backend="webhook_call", options={})
    run = make_run(task=make_task(agent=agent), status=Run.Status.QUEUED)
    try_failed(run, "webhook_call has no url")
    assert fresh(agent).blocked_at is None


def test_a_task_with_options_of_its_own_blocks_only_itself(agent):
    task = make_task(agent=agent, agent_options={"session_id": "gone"})
    try_failed(make_run(task))
    assert fresh(agent).blocked_at is None


def test_an_agent_that_was_changed_meanwhile_is_not_blocked(agent):
    run = make_run(make_task(agent=agent))
    (claimed,) = lifecycle.claim([run.id], worker="w")
    Run.objects.filter(id=run.id).update(agent_version=agent.version)
    services.update_agent(fresh(agent), fields={"name": "Other"}, user=make_user())
    ended = failed(claimed, NO_KEY)
    lifecycle.finish([type(ended)(**{**vars(ended), "blocked": NO_KEY})])
    assert fresh(agent).blocked_at is None


def test_slots_of_a_blocked_agent_are_one_row_that_grows_with_the_reason(agent):
    Agent.objects.update(blocked_at=NOW, blocked_reason=NO_KEY)
    task = minutely(agent=agent)
    with time_machine.travel(NOW + timedelta(seconds=1), tick=False) as clock:
        for _ in range(4):
            dispatch_due()
            clock.shift(MINUTE)
    assert told(task) == [(0, 4, "blocked")]
    assert ledger(task)[0].note == f"The agent “analyst” cannot run: {NO_KEY}"


def test_a_run_that_comes_after_another_is_skipped_when_its_agent_is_blocked(agent):
    first, second = make_task(), make_task(agent=agent)
    Dependency.objects.create(task=second, parent=first, when="succeeded")
    Agent.objects.filter(pk=agent.pk).update(blocked_at=NOW, blocked_reason=NO_KEY)
    root = make_run(first)
    (behind,) = cycles.expand([root], timezone.now())
    assert (behind.status, behind.skip_reason) == ("skipped", "blocked")


def test_a_run_that_was_queued_before_the_block_is_skipped_and_not_tried(agent):
    run = make_run(make_task(agent=agent))
    Agent.objects.filter(pk=agent.pk).update(blocked_at=NOW, blocked_reason=NO_KEY)
    assert lifecycle.claim([run.id], worker="w") == []
    run.refresh_from_db()
    assert (run.status, run.skip_reason) == ("skipped", "blocked")


@pytest.mark.django_db(transaction=True)
def test_no_key_blocks_after_one_run_and_a_key_lets_it_run_again(
    agent, make_worker, monkeypatch
):
    worker = make_worker()
    task = minutely(agent=agent, next_run_at=timezone.now())
    dispatch_due()
    (run,) = ledger(task)
    worker.run_chunk([run.id])
    run.refresh_from_db()
    assert (run.status, run.error) == ("failed", NO_KEY)
    with pytest.raises(Conflict, match="cannot run: There is no API key"):
        services.run_now(task, user=make_user())
    tasks.check_agents()
    assert fresh(agent).blocked_reason == NO_KEY
    # As by another process, behind the services: the check finds out by itself.
    mended = fresh(agent)
    mended.credentials = {"api_key": "sk-123456"}
    mended.save(update_fields=["credentials"])
    tasks.check_agents()
    assert fresh(agent).blocked_at is None
    again = services.run_now(task, user=make_user())
    worker.run_chunk([again.id])
    again.refresh_from_db()
    assert (again.status, again.output) == ("succeeded", "well")
    assert kinds() == ["blocked", "unblocked"]
    assert set(Event.objects.values_list("task_ref", flat=True)) == {task.id}


def test_saving_the_agent_lifts_the_block_and_an_old_row_does_not_bring_it_back(agent):
    stale = fresh(agent)
    Agent.objects.update(blocked_at=timezone.now(), blocked_reason=NO_KEY)
    services.update_agent(fresh(agent), fields={"name": "New"}, user=make_user())
    assert fresh(agent).blocked_at is None
    Agent.objects.update(checked_at=NOW)
    services.update_agent(stale, fields={"name": "Newer"}, user=make_user())
    assert (fresh(agent).blocked_at, fresh(agent).checked_at) == (None, NOW)


def test_what_only_a_run_can_see_is_not_lifted_until_somebody_asks(agent, keyed):
    keyed.blind = True
    Agent.objects.update(blocked_at=timezone.now(), blocked_reason="No such model.")
    for _ in range(2):
        blocking.settle(fresh(agent), [Finding(name="key", ok=True, words="")], timezone.now(), asked=False)  # fmt: skip
    assert fresh(agent).blocked_at is not None
    services.check_agent(fresh(agent))
    assert fresh(agent).blocked_at is None


def test_what_passes_by_itself_neither_blocks_nor_lifts(agent, keyed):
    keyed.passing = True
    services.check_agent(fresh(agent))
    assert fresh(agent).blocked_at is None
    Agent.objects.update(blocked_at=NOW, blocked_reason=NO_KEY)
    services.check_agent(fresh(agent))
    assert (fresh(agent).blocked_at, kinds()) == (NOW, [])


def test_a_check_that_finds_a_fault_blocks_and_says_so_for_no_task(agent):
    services.check_agent(agent)
    assert agent.blocked_reason == NO_KEY
    (event,) = Event.objects.all()
    assert (event.kind, event.task_ref) == ("blocked", "")
    services.check_agent(agent)
    assert kinds() == ["blocked"]


def test_run_now_lifts_the_block_when_the_fault_is_mended(agent):
    Agent.objects.update(blocked_at=NOW, blocked_reason=NO_KEY)
    mended = fresh(agent)
    mended.credentials = {"api_key": "sk-123456"}
    mended.save(update_fields=["credentials"])
    services.run_now(make_task(agent=agent), user=make_user())
    assert fresh(agent).blocked_at is None
