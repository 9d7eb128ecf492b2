"""`@on_task_complete`: who is told of which ends, when, and what cannot happen to a run by it."""

from __future__ import annotations

import sys
import threading
import types
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from scheduling import completion, lifecycle
from scheduling.completion import CompletedRun, on_task_complete
from scheduling.models import Run
from scheduling.outcome import Outcome
from tests.factories import make_agent, make_run, make_task
from tests.scheduling.threads import in_thread

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def listeners(monkeypatch):
    """Nobody listens but whom the test lets listen."""
    monkeypatch.setattr(completion, "_listeners", [])
    completion.load.cache_clear()
    yield
    assert completion.wait_idle(10)
    completion.load.cache_clear()


def ended(status: str = "succeeded", **fields: Any) -> Run:
    """A run that a worker has and that ends now, with this status."""
    run = make_run(fields.pop("task", None) or make_task(), **fields)
    (claimed,) = lifecycle.claim([run.id], worker="w")
    assert claimed.lease_token is not None
    outcome = Outcome(
        run_id=run.id,
        lease_token=claimed.lease_token,
        status=Run.Status(status),
        output="All well." if status == "succeeded" else "",
        error="" if status == "succeeded" else "No answer.",
        failure_reason="error" if status == "failed" else "",
    )
    lifecycle.finish([outcome])
    return run


def heard() -> list[CompletedRun]:
    """A list that is filled with what one who hears everything is told."""
    told: list[CompletedRun] = []
    on_task_complete(told.append)
    return told


def test_a_callback_is_told_what_a_run_came_to():
    told = heard()
    run = ended()
    assert completion.wait_idle(10)
    (about,) = told
    assert (about.run_id, about.task_id, about.status) == (run.id, run.task_ref, "succeeded")  # fmt: skip
    assert (about.output, about.error, about.attempt) == ("All well.", "", 1)
    assert about.started_at is not None
    assert about.finished_at is not None


def test_filters_by_task_and_status_are_both_kept():
    failures: list[CompletedRun] = []
    on_task_complete(task_id=["a", "b"], status="failed")(failures.append)
    for name in ("a", "c"):
        task = make_task(id=name)
        ended("failed", task=task)
        ended("succeeded", task=task)
    assert completion.wait_idle(10)
    assert [(each.task_id, each.status) for each in failures] == [("a", "failed")]


def test_a_status_that_no_run_ends_with_is_refused():
    with pytest.raises(ValueError, match="no run ends as 'done'"):
        on_task_complete(status="done")


def test_a_try_that_is_not_the_last_is_no_end():
    told = heard()
    ended("queued")
    assert completion.wait_idle(10)
    assert told == []


def test_a_queued_run_that_is_cancelled_is_told_of():
    told = heard()
    lifecycle.request_cancel(make_run())
    assert completion.wait_idle(10)
    assert [each.status for each in told] == ["cancelled"]


def test_a_reply_in_a_chat_is_not_told_of():
    told = heard()
    ended(session_id=uuid.uuid4())
    assert completion.wait_idle(10)
    assert told == []


def test_nothing_is_told_before_the_commit_nor_after_a_rollback():
    told = heard()
    with transaction.atomic():
        ended()
        assert completion.wait_idle(10)
        assert told == []
        transaction.set_rollback(True)
    assert completion.wait_idle(10)
    assert told == []


def test_what_a_callback_raises_is_logged_and_the_others_hear_all_the_same(caplog):
    @on_task_complete
    def breaks(_run: CompletedRun) -> None:
        raise SystemExit("enough")

    told = heard()
    run = ended()
    assert completion.wait_idle(10)
    assert [each.run_id for each in told] == [run.id]
    assert "breaks, told of run" in caplog.text
    run.refresh_from_db()
    assert run.status == "succeeded"


def test_a_coroutine_function_is_awaited():
    told: list[uuid.UUID] = []

    @on_task_complete
    async def later(run: CompletedRun) -> None:
        told.append(run.run_id)

    run = ended()
    assert completion.wait_idle(10)
    assert told == [run.id]


def test_runs_end_though_every_callback_hangs_and_what_is_too_much_is_dropped(
    monkeypatch, caplog
):
    monkeypatch.setattr(completion, "MOST_WAITING", 1)
    completion._started.cache_clear()
    release = threading.Event()

    @on_task_complete
    def hangs(_run: CompletedRun) -> None:
        release.wait(20)

    task = make_task(overlap="allow")
    runs = [ended(task=task) for _ in range(8)]
    release.set()
    assert completion.wait_idle(10)
    completion._started.cache_clear()
    statuses = Run.objects.filter(id__in=[run.id for run in runs])
    assert set(statuses.values_list("status", flat=True)) == {"succeeded"}
    assert "nobody is told that run" in caplog.text
    assert "hangs" in caplog.text


def test_modules_of_the_settings_are_imported_and_a_broken_one_is_logged(
    configure, monkeypatch, caplog
):
    module = types.ModuleType("desk")
    told: list[CompletedRun] = []
    monkeypatch.setitem(sys.modules, "desk", module)
    monkeypatch.setattr(
        completion, "import_module", lambda name: _import(name, told.append)
    )
    configure("SCHEDULING", completion_modules=("nowhere", "desk"))
    ended()
    assert completion.wait_idle(10)
    assert len(told) == 1
    assert "nowhere cannot be imported" in caplog.text


def _import(name: str, callback: Any) -> None:
    if name == "nowhere":
        raise ModuleNotFoundError(name)
    on_task_complete(callback)


def test_a_worker_tells_what_its_agents_came_to_off_the_event_loop(worker):
    threads: list[str] = []

    @on_task_complete(task_id="by-worker")
    def note(run: CompletedRun) -> None:
        threads.append(f"{threading.current_thread().name} {run.output}")

    agent = make_agent(id="echo-completion", options={"reply": "All well."})
    run = make_run(make_task(id="by-worker", agent=agent))
    in_thread(worker.run_chunk, [run.id]).result(timeout=30)
    assert completion.wait_idle(10)
    (said,) = threads
    assert said.startswith("completion-")
    assert said.endswith("All well.")


def test_the_example_of_the_documents_hears_of_a_failure(capsys):
    page = (ROOT / "docs" / "completion.md").read_text(encoding="utf-8")
    exec(page.split("```python\n")[1].split("```")[0], {})  # noqa: S102 -- our own page
    ended("failed", task=make_task(id="morning-report"))
    assert completion.wait_idle(10)
    assert "Morning report failed at" in capsys.readouterr().out
