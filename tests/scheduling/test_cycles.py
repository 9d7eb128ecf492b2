"""Cycles: every task of a tree has its run, in order, and the rows say why one had none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from scheduling import cycles, lifecycle, services
from scheduling.exceptions import Conflict
from scheduling.models import Backfill, Dependency, Run, ScheduledTask
from scheduling.new_runs import new_run
from tests.factories import make_agent, make_run, make_task, make_user
from tests.scheduling.threads import in_thread
from tests.scheduling.trees import (
    TWELVE,
    begin,
    end,
    end_all,
    end_run,
    make_tree,
    ready,
    run_of,
    statuses,
)

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 4, 5, 0, tzinfo=UTC)


# -- a cycle begins


def test_a_task_without_dependants_costs_one_query(django_assert_num_queries):
    run = new_run(make_task(), Run.Trigger.MANUAL, timezone.now())
    with django_assert_num_queries(1):
        assert cycles.expand([run], timezone.now()) == []
    assert run.edges == []


def test_everything_downstream_gets_a_held_run_of_its_own():
    tasks = make_tree({"a": "", "b": "a", "c": "b:failed", "x": "", "y": "x"})
    ScheduledTask.objects.filter(id="c").update(deadline_seconds=7, max_attempts=5, target_user_id="45")  # fmt: skip
    user = make_user()
    root = begin(tasks["a"], scheduled_for=NOON, requested_by=user)
    root.refresh_from_db()
    assert root.edges == [["b", "a", "succeeded"], ["c", "b", "failed"]]
    run = run_of("c")
    assert (run.root, run.trigger, run.status, run.waits_for) == (root, "chain", "queued", "parents")  # fmt: skip
    assert (run.scheduled_for, run.requested_by) == (NOON, user)
    assert (run.deadline_seconds, run.max_attempts, run.user_id) == (7, 5, "45")
    assert ready() == {"a"}
    assert not Run.objects.filter(task__in=["x", "y"]).exists()


def test_cycles_of_a_batch_keep_apart(django_assert_max_num_queries):
    tasks = make_tree({"a": "", "b": "a", "x": "", "y": "x", "z": "y b"})
    now = timezone.now()
    roots = [new_run(tasks[each], Run.Trigger.SCHEDULE, now, scheduled_for=NOON) for each in "axb"]  # fmt: skip
    with django_assert_max_num_queries(5):
        made = cycles.expand(roots, now)
    by_root = {
        root.task_ref: [run.task_ref for run in made if run.root_id == root.id]
        for root in roots
    }
    assert by_root == {"a": ["b", "z"], "x": ["y", "z"], "b": ["z"]}
    assert roots[2].edges == [["z", "b", "succeeded"]]


@pytest.mark.parametrize("why", ["paused", "off"])
def test_a_task_that_may_not_run_is_skipped_with_all_behind_it(why):
    tasks = make_tree({"a": "", "b": "a", "c": "b", "d": "a"})
    if why == "paused":
        ScheduledTask.objects.filter(id="b").update(active=False)
    else:
        off = make_agent(id="off", active=False)
        ScheduledTask.objects.filter(id="b").update(agent=off)
    begin(tasks["a"])
    b, c = run_of("b"), run_of("c")
    note = "The task is paused." if why == "paused" else "Its agent is switched off."
    assert (b.status, b.skip_reason, b.note) == ("skipped", "paused", note)
    assert (c.status, c.skip_reason, c.note) == ("skipped", "parent", "B was skipped.")
    assert end_all()["d"] == "succeeded"


def test_the_cycle_of_a_backfill_belongs_to_it():
    tasks = make_tree({"a": "", "b": "a"})
    backfill = Backfill.objects.create(task=tasks["a"], task_ref="a", task_name="A", from_at=NOON, until_at=NOON)  # fmt: skip
    begin(tasks["a"], trigger="backfill", backfill=backfill, scheduled_for=NOON)
    assert run_of("b").backfill == backfill


def test_run_now_begins_a_cycle():
    tasks = make_tree({"a": "", "b": "a"})
    user = make_user()
    root = services.run_now(tasks["a"], user=user)
    assert (run_of("b").root, run_of("b").requested_by) == (root, user)


def test_the_same_run_now_sent_twice_begins_one_cycle():
    tasks = make_tree({"a": "", "b": "a"})
    run = services.run_now(tasks["a"], user=None)
    assert services.run_now(tasks["a"], user=None, run_id=run.id) == run
    assert Run.objects.count() == 2


# -- a tree of twelve with diamonds


def test_all_twelve_succeed_in_order():
    tasks = make_tree(TWELVE)
    root = begin(tasks["a"])
    assert set(end_all().values()) == {"succeeded"}
    assert Run.objects.filter(root=root).count() == 11
    runs = {run.task_ref: run for run in Run.objects.all()}
    for task_id, parents in TWELVE.items():
        for parent in parents.split():
            assert runs[parent].finished_at <= runs[task_id].started_at


def test_branches_that_do_not_depend_on_each_other_run_side_by_side():
    begin(make_tree(TWELVE)["a"])
    end("a")
    assert ready() == {"b", "c", "d"}
    end("b")
    end("c")
    assert ready() == {"d", "e"}


def test_when_a_middle_one_fails_its_dependants_are_skipped_and_the_others_go_on():
    begin(make_tree(TWELVE)["a"])
    found = end_all(e="failed")
    assert {t for t, s in found.items() if s == "skipped"} == {"g", "h", "j", "k", "l"}
    assert {t for t, s in found.items() if s == "succeeded"} == {"a", "b", "c", "d", "f", "i"}  # fmt: skip
    assert (run_of("g").skip_reason, run_of("g").note) == ("parent", "E failed.")
    assert run_of("l").note == "J was skipped. K was skipped."
    assert not Run.objects.filter(status="queued").exists()


def test_when_a_middle_one_is_cancelled_its_dependants_are_skipped():
    begin(make_tree(TWELVE)["a"])
    end("a")
    services.cancel_run(run_of("c"), user=make_user(username="lan"))
    assert run_of("c").note == "Cancelled by lan."
    assert run_of("e").note == "C was cancelled."
    found = end_all()
    assert {t for t, s in found.items() if s == "succeeded"} == {"a", "b", "d"}


def test_a_held_one_can_be_cancelled_before_its_turn():
    begin(make_tree({"a": "", "b": "a", "c": "b:finished"})["a"])
    services.cancel_run(run_of("b"), user=None)
    assert (run_of("b").status, run_of("b").waits_for) == ("cancelled", "")
    assert ready() == {"a", "c"}


def test_another_attempt_of_a_middle_one_keeps_the_others_waiting():
    begin(make_tree(TWELVE, max_attempts=3)["a"])
    for each in "abc":
        end(each)
    end("e", "queued", next_attempt_at=timezone.now())
    assert "g" not in ready()
    assert set(end_all().values()) == {"succeeded"}
    assert run_of("e").attempt == 2


def test_a_rerun_of_a_middle_one_brings_the_rest_of_the_tree_about():
    root = begin(make_tree(TWELVE)["a"], scheduled_for=NOON)
    end_all(e="failed")
    failed = run_of("e")
    again = services.rerun(failed, user=None)
    assert (again.root_id, again.rerun_of, again.trigger) == (root.id, failed, "rerun")
    assert again.scheduled_for == NOON
    assert ready() == {"e"}
    assert set(end_all().values()) == {"succeeded"}
    assert Run.objects.count() == 12 + 6  # e g h j k l
    assert run_of("l").root_id == root.id


def test_a_rerun_of_the_first_one_runs_the_whole_cycle_again():
    root = begin(make_tree({"a": "", "b": "a"})["a"])
    end_all()
    again = services.rerun(run_of("a"), user=None)
    assert again.root_id == root.id
    assert set(end_all().values()) == {"succeeded"}
    assert Run.objects.filter(root=root).count() == 3


def test_a_rerun_leaves_those_that_still_wait_to_wait_for_it():
    begin(make_tree({"a": "", "b": "a", "c": "a", "d": "b c"})["a"])
    end("a")
    end("b")
    services.rerun(run_of("b"), user=None)
    end("c")
    assert ready() == {"b"}
    assert Run.objects.filter(task="d").count() == 1
    end("b")
    assert ready() == {"d"}


@pytest.mark.parametrize("busy", ["b", "c"])
def test_nothing_is_run_again_while_it_or_what_follows_is_under_way(busy):
    begin(make_tree({"a": "", "b": "a", "c": "b"})["a"])
    end("a")
    if busy == "c":
        end("b")
    with pytest.raises(Conflict, match=f"{busy.upper()} is still under way"):
        services.rerun(run_of("a"), user=None)
    assert Run.objects.count() == 3


def test_what_is_still_to_come_in_its_cycle_is_not_run_again():
    begin(make_tree({"a": "", "b": "a"})["a"])
    end_all(b="failed")
    failed = run_of("b")
    services.rerun(run_of("a"), user=None)  # b is held now, for the new a
    with pytest.raises(Conflict, match="B is still under way"):
        services.rerun(failed, user=None)
    assert set(end_all().values()) == {"succeeded"}
    assert not Run.objects.filter(status__in=Run.ACTIVE).exists()


def test_a_held_run_that_counts_no_more_does_not_keep_its_cycle_open_for_ever(
    configure,
):
    configure("SCHEDULING", rering_after_seconds=0)
    root = begin(make_tree({"a": "", "b": "a"})["a"])
    held = run_of("b")
    make_run(held.task, root=root, trigger="chain")  # as if the clock had gone back
    end("a")
    end("b")
    assert cycles.advance_forgotten() == 1
    held.refresh_from_db()
    assert (held.status, held.skip_reason) == ("skipped", "parent")
    assert cycles.advance_forgotten() == 0


def test_a_rerun_that_lacks_another_parent_skips_what_needs_both():
    begin(make_tree({"a": "", "b": "a", "c": "a", "d": "b c"})["a"])
    end_all(b="failed", c="failed")
    services.rerun(run_of("b"), user=None)
    assert (run_of("d").status, run_of("d").note) == ("skipped", "C failed.")
    assert Run.objects.filter(task="d").count() == 2


def test_a_rerun_outside_a_cycle_keeps_its_slot():
    run = make_run(trigger="schedule", scheduled_for=NOON, status="failed", failure_reason="error", finished_at=NOON)  # fmt: skip
    assert services.rerun(run, user=None).scheduled_for == NOON


# -- conditions


def test_a_chain_goes_on_by_how_its_parent_ended():
    begin(make_tree({"a": "", "well": "a", "badly": "a:failed", "ever": "a:finished"})["a"])  # fmt: skip
    end("a", "failed")
    assert ready() == {"badly", "ever"}
    assert run_of("well").note == "A failed."


def test_a_cancelled_parent_has_ended_for_whoever_wants_it_ended():
    begin(make_tree({"a": "", "badly": "a:failed", "ever": "a:finished"})["a"])
    services.cancel_run(run_of("a"), user=None)
    assert ready() == {"ever"}
    assert run_of("badly").note == "A was cancelled."


# -- changes on the way


def test_a_task_that_is_deleted_on_the_way_is_passed_over():
    tasks = make_tree({"a": "", "b": "a", "c": "b", "d": "a"})
    begin(tasks["a"])
    services.delete_task(tasks["b"], user=None)
    assert (run_of("b").status, run_of("b").task) == ("cancelled", None)
    assert run_of("c").note == "B was cancelled."
    assert end_all()["d"] == "succeeded"


def test_edges_that_are_edited_on_the_way_change_the_next_cycle():
    tasks = make_tree({"a": "", "b": "a", "c": "b"})
    begin(tasks["a"])
    Dependency.objects.filter(task="c").update(parent=tasks["a"])
    end("a")
    assert ready() == {"b"}
    end_all()
    begin(tasks["a"])
    end("a")
    assert ready() == {"b", "c"}


def test_a_root_that_is_pruned_ends_what_still_waited():
    begin(make_tree({"a": "", "b": "a", "c": "b:finished"})["a"])
    Run.objects.filter(task="a").delete()
    Run.objects.update(created_at=timezone.now() - timedelta(hours=1))
    assert cycles.advance_forgotten() == 2
    assert set(statuses().values()) == {"skipped"}
    assert run_of("b").note == "The run that began its cycle is gone."


def test_a_cycle_that_was_forgotten_goes_on():
    begin(make_tree({"a": "", "b": "a", "c": "a:failed"})["a"])
    Run.objects.filter(task="a").update(status="succeeded", finished_at=timezone.now())
    assert cycles.advance_forgotten() == 0  # it may just be on its way
    Run.objects.update(created_at=timezone.now() - timedelta(hours=1))
    assert cycles.advance_forgotten() == 2
    assert (ready(), run_of("c").status) == ({"b"}, "skipped")
    assert cycles.advance_forgotten() == 0


def test_a_cycle_that_is_under_way_is_not_forgotten(django_assert_num_queries):
    begin(make_tree({"a": "", "b": "a"})["a"])
    Run.objects.update(created_at=timezone.now() - timedelta(hours=1))
    with django_assert_num_queries(1):
        assert cycles.advance_forgotten() == 0
    assert ready() == {"a"}


# -- cancelling it whole


def test_a_whole_cycle_is_cancelled_from_any_of_its_runs():
    begin(make_tree(TWELVE)["a"])
    end("a")
    end("b")
    (running,) = lifecycle.claim([run_of("c").id], worker="w")
    services.cancel_cycle(run_of("k"), user=make_user(username="lan"))
    running.refresh_from_db()
    assert running.cancel_requested_at is not None
    left = {t for t, s in statuses().items() if s not in ("succeeded", "running")}
    assert left == set("defghijkl")
    assert {run_of(each).status for each in left} == {"cancelled"}
    assert run_of("l").note == "Cancelled by lan."


def test_a_cycle_that_has_ended_cannot_be_cancelled():
    begin(make_tree({"a": "", "b": "a"})["a"])
    end_all()
    with pytest.raises(Conflict, match="already ended"):
        services.cancel_cycle(run_of("b"), user=None)


# -- cost and crowds


def test_ends_in_many_cycles_cost_a_constant_number_of_queries(
    django_assert_max_num_queries,
):
    tasks = make_tree({"a": "", "b": "a", "c": "a:failed", "d": "b c"})
    roots = [begin(tasks["a"]) for _ in range(20)]
    Run.objects.filter(task="a").update(status="succeeded", finished_at=timezone.now())
    ended = list(Run.objects.filter(id__in=[root.id for root in roots]))
    with django_assert_max_num_queries(8), transaction.atomic():
        skipped = cycles.advance(ended, timezone.now())
    assert len(skipped) == 40
    assert Run.objects.filter(task="b", waits_for="").count() == 20


def test_released_runs_are_rung_after_the_commit(monkeypatch, django_capture_on_commit_callbacks):  # fmt: skip
    rung: list[Any] = []
    monkeypatch.setattr(cycles, "ring", rung.extend)
    begin(make_tree({"a": "", "b": "a"})["a"])
    with django_capture_on_commit_callbacks(execute=True):
        end("a")
    assert rung == [run_of("b").id]


@pytest.mark.django_db(transaction=True)
def test_two_parents_that_end_at_once_release_their_child_once(shared_database):
    tasks = make_tree({"a": "", "b": "a", "c": "a", "d": "b c"})
    for _ in range(5):
        begin(tasks["a"])
        end("a")
        for each in [in_thread(end, "b"), in_thread(end, "c")]:
            each.result(timeout=30)
        assert ready() == {"d"}
        end("d")


@pytest.mark.django_db(transaction=True)
def test_two_cycles_of_one_tree_never_wait_for_each_other(shared_database):
    tasks = make_tree({"z": "", "b": "z", "a": "b"})
    for _ in range(5):
        begin(tasks["z"])
        end("z")
        parent = run_of("b")
        begin(tasks["z"])
        end("z")
        end("b")
        ends = [in_thread(end_run, parent, "failed"), in_thread(end, "a")]
        for each in ends:
            each.result(timeout=30)
        assert not Run.objects.filter(status__in=Run.ACTIVE).exists()


@pytest.mark.django_db(transaction=True)
def test_cancelling_a_cycle_while_its_runs_end_leaves_nothing_waiting(shared_database):
    tasks = make_tree(TWELVE)
    for _ in range(3):
        root = begin(tasks["a"])
        end("a")
        work = [in_thread(end, each) for each in "bcd"]
        work.append(in_thread(services.cancel_cycle, root, user=None))
        for each in work:
            each.exception(timeout=30)  # whoever came too late had nothing to do
        open_ones = Run.objects.filter(status__in=Run.ACTIVE)
        running = open_ones.filter(status="running")
        assert not open_ones.exclude(id__in=running).exists()
        assert {run.cancel_requested_at is not None for run in running} <= {True}
        running.update(status="cancelled", finished_at=timezone.now(), lease_token=None, lease_expires_at=None)  # fmt: skip
