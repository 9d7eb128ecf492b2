"""Two who load at once, and the samples of other systems through the whole way."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from scheduling.exceptions import Conflict
from scheduling.interop.applying import apply
from scheduling.interop.plan import Options, Source
from scheduling.interop.planner import make_plan
from scheduling.models import ImportedTask, ScheduledTask
from scheduling.services import run_now
from tests.factories import make_agent
from tests.scheduling.interop.native import REPORT, dumped
from tests.scheduling.threads import await_true, in_thread
from tests.threads import at_once

SAMPLES = Path(__file__).parent / "samples"
SOURCES = [Source(name="tasks.yaml", text=REPORT)]


def test_of_two_who_load_at_once_one_wins_and_one_is_told(shared_database):
    fingerprint = make_plan(SOURCES, Options(), user=None).fingerprint

    def load() -> str:
        try:
            apply(SOURCES, Options(), fingerprint, user=None)
        except Conflict as error:
            return str(error)
        return "done"

    said = at_once(load, 2)
    assert sorted(each.split()[0] for each in said) == ["Something", "done"]
    assert ScheduledTask.objects.count() == ImportedTask.objects.count() == 2


def test_pruning_waits_for_the_cycle_of_a_task_before_it_holds_the_task(
    shared_database, on_postgresql
):
    if not on_postgresql:
        pytest.skip("SQLite has one writer at a time")
    text = REPORT.replace("id: digest", "id: sum-up")
    sources = [Source(name="tasks.yaml", text=text.partition("- id: sum-up")[0])]
    prune = Options(prune=True)
    whole = [Source(name="tasks.yaml", text=text)]
    apply(whole, prune, make_plan(whole, prune, user=None).fingerprint, user=None)
    run_now(ScheduledTask.objects.get(id="report"), user=None)
    fingerprint = make_plan(sources, prune, user=None).fingerprint
    with transaction.atomic():
        ScheduledTask.objects.select_for_update().get(id="report")
        pruning = in_thread(apply, sources, prune, fingerprint, user=None)
        await_true(_somebody_waits, "the lock of the cycle to be asked for")
        ScheduledTask.objects.select_for_update(nowait=True).get(id="sum-up")
    pruning.result(timeout=20)
    assert not ScheduledTask.objects.filter(id="sum-up").exists()


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_stat_clear_snapshot()"
        )  # else it is the same all along
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db
def test_a_plan_that_would_be_another_now_is_not_carried_out():
    fingerprint = make_plan(SOURCES, Options(), user=None).fingerprint
    make_agent(id="analyst")
    with pytest.raises(Conflict, match="Something was changed meanwhile"):
        apply(SOURCES, Options(), fingerprint, user=None)
    assert not ScheduledTask.objects.exists()


@pytest.mark.django_db
def test_a_conflict_ends_the_command_with_1(tmp_path, monkeypatch):
    path = tmp_path / "tasks.yaml"
    path.write_text(REPORT)

    def changed(*args: object, **kwargs: object) -> None:
        raise Conflict("Something was changed meanwhile.")

    monkeypatch.setattr("scheduling.management.commands.load_tasks.apply", changed)
    with pytest.raises(CommandError) as refused:
        call_command("load_tasks", str(path))
    assert refused.value.returncode == 1


@pytest.mark.django_db
@pytest.mark.parametrize("path", sorted(SAMPLES.iterdir()), ids=lambda path: path.stem)
def test_samples_are_loaded_once_and_written_again(path, configure):
    configure(
        "SCHEDULING", allowed_functions=("statistics:mean", "math:sqrt", "math:hypot")
    )
    for name in ("writer", "reader", "simplize", "analyst"):
        make_agent(id=name)
    args = (str(path), "--agent", "writer", "--name", "sample")
    call_command("load_tasks", *args)
    tasks = list(ImportedTask.objects.values_list("task", "version"))
    assert tasks
    call_command("load_tasks", *args)
    assert list(ImportedTask.objects.values_list("task", "version")) == tasks
    kind = ImportedTask.objects.values_list("format", flat=True)[0]
    assert dumped("--format", kind, *(task for task, _version in tasks))
    assert dumped(*(task for task, _version in tasks)).startswith("backbeat: 1\n")
