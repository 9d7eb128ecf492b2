"""Tags of tasks."""

from __future__ import annotations

import pytest

from scheduling.models import ScheduledTask, Tag
from tests.factories import make_task
from tests.scheduling.api.conftest import SAMPLE, TASKS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("agent")]
PATH = f"{TASKS}morning-report-vn/"


def create(client, tags):
    return client.post(TASKS, SAMPLE | {"tags": tags})


def test_tags_are_made_when_they_are_first_used(as_staff):
    Tag.objects.create(name="vn")
    answer = create(as_staff, ["vn", " morning ", "vn"])
    assert answer.status_code == 201, answer.content
    assert answer.json()["tags"] == ["morning", "vn"]
    assert as_staff.get(PATH).json()["tags"] == ["morning", "vn"]
    assert Tag.objects.count() == 2


def test_a_task_needs_no_tags(as_staff):
    assert as_staff.post(TASKS, SAMPLE).json()["tags"] == []


@pytest.mark.parametrize(("tags", "left"), [(["b", "c"], ["b", "c"]), ([], [])])
def test_tags_given_replace_the_old_ones(as_staff, tags, left):
    create(as_staff, ["a", "b"])
    assert as_staff.patch(PATH, {"tags": tags}).json()["tags"] == left


def test_a_patch_without_tags_leaves_them(as_staff):
    create(as_staff, ["a"])
    assert as_staff.patch(PATH, {"name": "Later"}).json()["tags"] == ["a"]


def test_a_put_without_tags_leaves_none(as_staff):
    create(as_staff, ["a"])
    assert as_staff.put(PATH, SAMPLE).json()["tags"] == []


@pytest.mark.parametrize(
    ("tags", "field"),
    [
        ([""], "tags"), (["  "], "tags"), (["x" * 51], "tags"),
        ([f"t{number}" for number in range(21)], "tags"), ("vn", "tags"), (None, "tags"),
        ([["vn"]], "tags[0]"), ([True], "tags[0]"), (["a", None], "tags[1]"),
    ],
    ids=str,
)  # fmt: skip
def test_a_tag_that_cannot_be_is_named_and_nothing_is_written(as_staff, tags, field):
    answer = create(as_staff, tags)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert not ScheduledTask.objects.exists()
    assert not Tag.objects.exists()


def test_twenty_tags_of_fifty_characters_are_taken(as_staff):
    tags = [f"{number:02}".ljust(50, "ă") for number in range(20)]
    assert create(as_staff, tags).json()["tags"] == tags


def test_tasks_are_filtered_by_tag(as_staff):
    create(as_staff, ["vn", "morning"])
    make_task(id="other").tags.add(Tag.objects.get(name="morning"))
    for tag, found in {"vn": 1, "morning": 2, "v": 0}.items():
        assert as_staff.get(f"{TASKS}?tag={tag}").json()["count"] == found


def test_a_clone_has_the_tags(as_staff):
    create(as_staff, ["vn", "morning"])
    assert as_staff.post(f"{PATH}clone").json()["tags"] == ["morning", "vn"]


def test_an_owner_tags_the_own_task(as_person, person):
    make_task(id="own", owner=person)
    shown = as_person.patch(f"{TASKS}own/", {"tags": ["mine"]}).json()
    assert shown["tags"] == ["mine"]


def test_the_list_asks_for_the_tags_once(as_staff, django_assert_max_num_queries):
    for number in range(5):
        make_task().tags.add(Tag.objects.create(name=f"t{number}"))
    with django_assert_max_num_queries(7):
        assert len(as_staff.get(TASKS).json()["results"]) == 5
