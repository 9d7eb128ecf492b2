"""Which tasks a task runs after, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from scheduling import services
from scheduling.models import Dependency, ScheduledTask
from scheduling.services import dependencies
from tests.factories import make_task, make_user
from tests.scheduling.threads import in_thread
from tests.scheduling.trees import make_tree

pytestmark = pytest.mark.django_db


def after(*task_ids: str) -> list[dict[str, Any]]:
    return [{"task_id": task_id} for task_id in task_ids]


def parents_of(task: ScheduledTask) -> dict[str, str]:
    return dict(task.dependencies.values_list("parent_id", "when"))


def refusal(task: ScheduledTask, parents: Any, user: Any = None) -> str:
    with pytest.raises(ValidationError) as refused:
        services.set_parents(task, parents, user=user)
    (message,) = refused.value.message_dict["parents"]
    return message


def test_parents_are_set_with_their_conditions_and_replace_those_before():
    tasks = make_tree({"a": "", "b": "", "c": "a"})
    kept = tasks["c"].dependencies.get()
    services.set_parents(tasks["c"], [*after("a"), {"task_id": "b", "when": "finished"}], user=None)  # fmt: skip
    assert parents_of(tasks["c"]) == {"a": "succeeded", "b": "finished"}
    assert tasks["c"].dependencies.get(parent="a") == kept
    services.set_parents(tasks["c"], [{"task_id": "a", "when": "failed"}], user=None)
    assert parents_of(tasks["c"]) == {"a": "failed"}
    services.set_parents(tasks["c"], [], user=None)
    assert parents_of(tasks["c"]) == {}


def test_a_task_is_made_and_changed_with_its_parents():
    make_tree({"a": "", "b": ""})
    fields = {"name": "C", "agent_id": "echo", "input_message": "x", "schedule_type": "none"}  # fmt: skip
    task = services.create_task(fields=fields, parents=after("a"), user=None)
    assert parents_of(task) == {"a": "succeeded"}
    services.update_task(task, fields={}, parents=after("b"), user=None)
    assert parents_of(task) == {"b": "succeeded"}
    services.update_task(task, fields={"name": "D"}, user=None)
    assert parents_of(task) == {"b": "succeeded"}
    assert parents_of(services.clone_task(task, user=None)) == {"b": "succeeded"}


def test_a_wrong_parent_leaves_no_half_made_task():
    make_task(id="a")
    fields = {"name": "C", "agent_id": "echo", "input_message": "x", "schedule_type": "none"}  # fmt: skip
    with pytest.raises(ValidationError):
        services.create_task(fields=fields, parents=after("nobody"), user=None)
    assert ScheduledTask.objects.count() == 1


@pytest.mark.parametrize(
    ("parents", "said"),
    [
        (after("a", "nobody"), "[1].task_id: there is no task 'nobody'."),
        (after("b"), "[0].task_id: a task cannot run after itself."),
        (after("a", "a"), "[1].task_id: 'a' is named twice."),
        ([{"when": "failed"}], "[0].task_id: name a task by its id."),
        ([{"task_id": 7}], "[0].task_id: name a task by its id."),
        (
            [{"task_id": "a", "when": "maybe"}],
            "[0].when: 'maybe' is unknown; there are: succeeded, failed, finished.",
        ),
        (
            after(*(f"t{n}" for n in range(51))),
            "A task runs after at most 50 others; these are 51.",
        ),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_wrong_is_named(parents, said):
    tasks = make_tree({"a": "", "b": ""})
    assert refusal(tasks["b"], parents) == said
    assert not Dependency.objects.exists()


def test_a_circle_is_refused_and_shown():
    tasks = make_tree({"a": "", "b": "a", "c": "b"})
    assert refusal(tasks["a"], after("b")).endswith("wait for each other: a → b → a.")
    assert refusal(tasks["a"], after("c")).endswith("a → b → c → a.")
    assert parents_of(tasks["a"]) == {}


def test_a_circle_is_not_seen_where_the_edit_itself_opens_it():
    tasks = make_tree({"a": "", "b": "a"})
    services.set_parents(tasks["b"], [], user=None)
    services.set_parents(tasks["a"], after("b"), user=None)
    assert parents_of(tasks["a"]) == {"b": "succeeded"}


def test_a_tree_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(dependencies, "MAX_TREE", 3)
    tasks = make_tree({"a": "", "b": "a", "c": "b", "d": "", "e": "d"})
    assert "begins with 'a' would have 5 tasks; at most 3" in refusal(tasks["d"], after("c"))  # fmt: skip
    services.set_parents(tasks["c"], after("b", "d"), user=None)  # two trees of three


def test_two_edits_at_once_cannot_close_a_circle_together(shared_database):
    tasks = make_tree({"a": "", "b": ""})
    work = [
        in_thread(services.update_task, tasks[task], fields={}, parents=after(parent), user=None)
        for task, parent in (("a", "b"), ("b", "a"))
    ]  # fmt: skip
    errors = [each.exception(timeout=30) for each in work]
    assert [type(error) for error in errors if error] == [ValidationError]
    assert Dependency.objects.count() == 1


def test_somebody_names_only_tasks_that_they_see():
    lan = make_user()
    mine, shown, hidden = (
        make_task(id="mine", owner=lan),
        make_task(id="shown", target_user_id=str(lan.pk)),
        make_task(id="hidden", owner=make_user()),
    )
    services.set_parents(mine, after("shown"), user=lan)
    assert "there is no task 'hidden'" in refusal(mine, after("hidden"), lan)
    services.set_parents(mine, after("hidden"), user=make_user(is_staff=True))
    services.set_parents(
        mine, after("hidden", "shown"), user=lan
    )  # it was there before
    assert parents_of(services.clone_task(mine, user=lan)) == {"shown": "succeeded"}
    assert {shown.id, hidden.id} == set(parents_of(mine))


def test_an_edit_costs_a_query_per_level_however_many_tasks(django_assert_max_num_queries):  # fmt: skip
    order = {"a": "", "b": "a"} | {f"c{n}": "b" for n in range(30)} | {"z": ""}
    tasks = make_tree(order)
    with django_assert_max_num_queries(14):
        services.set_parents(tasks["z"], after(*(f"c{n}" for n in range(30))), user=None)  # fmt: skip


def test_saving_the_same_parents_costs_one_look(django_assert_max_num_queries):
    tasks = make_tree({"a": "", "b": "a"})
    with django_assert_max_num_queries(4):
        services.set_parents(tasks["b"], after("a"), user=None)


def test_deleting_a_task_takes_its_edges_along():
    tasks = make_tree({"a": "", "b": "a", "c": "b"})
    services.delete_task(tasks["b"], user=None)
    assert not Dependency.objects.exists()
