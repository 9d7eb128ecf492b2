"""Places at agents: exactly so many runs at the same time, the oldest first."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from scheduling import lifecycle, places, services, waiting
from scheduling.maintenance import keep_house
from scheduling.models import Agent, Run
from scheduling.outcome import Outcome
from tests.factories import make_agent, make_run, make_task
from tests.scheduling.test_run_lifecycle import make
from tests.scheduling.threads import await_true, in_thread

pytestmark = pytest.mark.django_db


@pytest.fixture
def rung(monkeypatch):
    """The ids that are rung by places."""
    ids: list[uuid.UUID] = []
    monkeypatch.setattr(places, "ring", ids.extend)
    return ids


def task_of(most: int | None, **fields: Any) -> Any:
    agent = make_agent(id=f"busy-{most}", max_concurrent=most)
    return make_task(agent=agent, overlap="allow", **fields)


def queue(task: Any, count: int = 1) -> list[Run]:
    """Queued runs, the oldest first."""
    start = timezone.now() - timedelta(minutes=9)
    return [make_run(task, created_at=start + timedelta(seconds=n)) for n in range(count)]  # fmt: skip


def ids_of(runs: Any) -> list[uuid.UUID]:
    return [run.id for run in runs]


def claim(runs: Any) -> set[uuid.UUID]:
    return {run.id for run in lifecycle.claim(ids_of(runs), worker="w")}


def end(run: Run, status: str = "succeeded", **fields: Any) -> None:
    run.refresh_from_db()
    assert run.lease_token is not None
    outcome = Outcome(run_id=run.id, lease_token=run.lease_token, status=Run.Status(status), **fields)  # fmt: skip
    lifecycle.finish([outcome])


def waits(*runs: Run) -> list[str]:
    found = dict(Run.objects.values_list("id", "waits_for"))
    return [found[run.id] for run in runs]


def test_the_oldest_take_the_places_and_the_others_wait(rung):
    runs = queue(task_of(2), 4)
    assert claim(runs[::-1]) == {runs[0].id, runs[1].id}
    assert waits(*runs) == ["", "", "agent", "agent"]
    assert not Run.objects.filter(waits_for="agent", rung_at__isnull=False).exists()
    assert rung == []


def test_an_end_lets_the_longest_waiting_one_go(
    rung, django_capture_on_commit_callbacks
):
    runs = queue(task_of(1), 3)
    claim(runs)
    with django_capture_on_commit_callbacks(execute=True):
        end(runs[0])
    assert waits(*runs) == ["", "", "agent"]
    assert rung == [runs[1].id]
    assert claim([runs[1]]) == {runs[1].id}


@pytest.mark.parametrize("how", ["again", "cancelled"])
def test_a_try_that_ends_otherwise_frees_its_place_too(
    how, rung, django_capture_on_commit_callbacks
):
    first, second = runs = queue(task_of(1), 2)
    claim(runs)
    with django_capture_on_commit_callbacks(execute=True):
        if how == "again":
            later = timezone.now() + timedelta(hours=1)
            end(first, "queued", next_attempt_at=later)
        else:
            end(first, "cancelled")
    assert rung == [second.id]


def test_one_that_was_let_go_and_is_cancelled_passes_its_place_on(
    rung, django_capture_on_commit_callbacks
):
    runs = queue(task_of(1), 3)
    claim(runs)
    with django_capture_on_commit_callbacks(execute=True):
        end(runs[0])
        lifecycle.request_cancels(ids_of(runs[1:2]))
    assert rung[-1] == runs[2].id


def test_a_new_run_does_not_overtake_one_that_waits(
    rung, django_capture_on_commit_callbacks
):
    task = task_of(1)
    runs = queue(task, 2)
    claim(runs)
    Run.objects.filter(id=runs[0].id).update(
        status="succeeded", lease_token=None, lease_expires_at=None, finished_at=timezone.now(),
    )  # fmt: skip
    new = make_run(task)
    with django_capture_on_commit_callbacks(execute=True):
        assert claim([new]) == set()
    assert waits(runs[1], new) == ["", "agent"]
    assert rung == [runs[1].id]


def test_a_waiting_one_can_be_cancelled():
    runs = queue(task_of(1), 2)
    claim(runs)
    assert lifecycle.request_cancel(runs[1])
    runs[1].refresh_from_db()
    assert (runs[1].status, runs[1].waits_for) == ("cancelled", "")


def test_one_that_waits_for_a_place_keeps_its_turn_in_its_lane():
    other, task = task_of(1), None
    claim(queue(other))
    task = make_task(agent=other.agent, overlap="queue")
    (first,) = queue(task)
    claim([first])
    second = make_run(task, waits_for="previous", rung_at=None)
    assert waiting.release_forgotten() == 0
    assert waits(first, second) == ["agent", "previous"]


@pytest.mark.parametrize("limit", [2, None])
def test_more_places_let_those_go_that_wait(
    limit, rung, django_capture_on_commit_callbacks
):
    runs = queue(task_of(1), 2)
    claim(runs)
    with django_capture_on_commit_callbacks(execute=True):
        services.update_agent(
            Agent.objects.get(id="busy-1"), fields={"max_concurrent": limit}, user=None
        )
    assert waits(*runs) == ["", ""]
    assert rung == [runs[1].id]


def test_what_was_forgotten_is_let_go_by_housekeeping(rung):
    runs = queue(task_of(1), 2)
    claim(runs)
    Run.objects.filter(id=runs[0].id).delete()
    keep_house()
    assert waits(runs[1]) == [""]


def test_housekeeping_looks_once_when_nothing_waits(django_assert_num_queries):
    make("queued")
    with django_assert_num_queries(1):
        assert places.let_go_forgotten() == 0


def test_agents_without_a_limit_cost_nothing_when_runs_end(django_assert_num_queries):
    run = make("running")
    held = places.counted(Run.objects.filter(id=run.id))
    (one,) = held
    with django_assert_num_queries(0):
        places.free([one])


@pytest.mark.django_db(transaction=True)
def test_several_workers_never_take_more_places_than_there_are(shared_database, rung):
    runs = queue(task_of(3), 24)
    shares = [runs[n::6] for n in range(6)]
    for each in [in_thread(claim, share) for share in shares]:
        each.result(30)
    running = Run.objects.filter(status="running")
    assert running.count() == 3
    for each in [in_thread(end, run) for run in running]:
        each.result(30)
    assert len(set(rung)) >= 3
    for each in [in_thread(claim, share) for share in shares]:
        each.result(30)
    assert Run.objects.filter(status="running").count() == 3


@pytest.mark.django_db(transaction=True)
def test_all_runs_of_a_crowded_agent_end_one_after_the_other(
    worker, monkeypatch, shared_database
):
    monkeypatch.setattr(places, "ring", lambda ids: in_thread(worker.run_chunk, ids))
    runs = queue(task_of(2), 7)
    in_thread(worker.run_chunk, ids_of(runs))
    await_true(
        lambda: Run.objects.filter(status="succeeded").count() == 7, "all have ended", 20
    )  # fmt: skip
