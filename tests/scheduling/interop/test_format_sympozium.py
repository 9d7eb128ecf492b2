"""SympoziumSchedule: documents and lists of them, robfig's lines, what is said and refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml

from scheduling.interop.formats import FORMATS
from tests.factories import make_agent, make_task
from tests.scheduling.interop.loading import (
    CONTEXT,
    fresh,
    load,
    read,
    said,
    sample,
    tasks_of,
)

SPEC = {"agentRef": "writer", "schedule": "0 9 * * *", "task": "Go."}


def text_of(metadata: dict[str, Any] | None = None, **spec: Any) -> str:
    return yaml.safe_dump(
        {
            "apiVersion": "sympozium.ai/v1alpha1",
            "kind": "SympoziumSchedule",
            "metadata": {"name": "s"} | (metadata or {}),
            "spec": SPEC | spec,
        }
    )


def one(**spec: Any) -> dict[str, Any]:
    return tasks_of(read("sympozium", text_of(**spec)))["default/s"]


def test_its_fields_become_columns():
    tasks = tasks_of(read("sympozium", sample("sympozium.yaml")))
    assert list(tasks) == ["default/nightly-sweep", "research/nightly-sweep", "default/heartbeat"]  # fmt: skip
    sweep = tasks["default/nightly-sweep"]
    assert (sweep["id"], sweep["overlap"], sweep["include_memory"]) == ("nightly-sweep", "replace", False)  # fmt: skip
    assert (sweep["first_run"], sweep["catch_up"]) == ("next_slot", "latest")
    other = tasks["research/nightly-sweep"]
    assert (other["id"], other["agent_id"]) == ("research-nightly-sweep", "reader")
    assert (other["active"], other["overlap"]) == (False, "allow")
    assert (other["cron_expression"], other["timezone"]) == ("*/30 * * * *", "Europe/Berlin")  # fmt: skip
    assert tasks["default/heartbeat"]["interval_seconds"] == 5400


def test_what_a_spec_does_not_say_is_what_it_means_there():
    task = one()
    assert (task["overlap"], task["include_memory"]) == ("skip", True)
    assert (task["first_run"], task["active"]) == ("at_once", True)
    assert task["memory_scope"] == "agent"


def test_the_older_name_of_the_agent_and_an_object_are_read():
    assert one(agentRef=None, instanceRef="reader")["agent_id"] == "reader"
    assert one(agentRef={"name": "reader"})["agent_id"] == "reader"


def test_days_zones_and_policies_are_said_aloud():
    remarks = said(read("sympozium", sample("sympozium.yaml")), "remarks")
    assert "spec.schedule: `0 2 * * 1-5` read as Monday to Friday." in remarks
    assert "spec.schedule: `0 2 * * 1-5` is read in the time zone Asia/Ho_Chi_Minh." in remarks  # fmt: skip
    assert "spec.type: sweep is kept for the export; all types run alike here." in remarks  # fmt: skip
    assert any(each.startswith("spec.concurrencyPolicy: Replace") for each in remarks)
    left = said(read("sympozium", sample("sympozium.yaml")), "left_out")
    assert left == [": status: what has been stays there."]


def test_the_loader_may_name_the_zone_of_its_controller():
    context = replace(CONTEXT, timezone="Europe/Berlin")
    assert tasks_of(read("sympozium", text_of(), context))["default/s"]["timezone"] == "Europe/Berlin"  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"schedule": "0 9 * * 7"}, "spec.schedule: '0 9 * * 7': robfig's weekdays"),
        ({"schedule": "0 0 31 2 *"}, "spec.schedule: '0 0 31 2 *': never fires"),
        ({"schedule": "0 0 9 * * *"}, "spec.schedule: "),
        ({"schedule": ""}, "spec.schedule: a schedule needs a cron line"),
        ({"task": ""}, "spec.task: a schedule needs a task"),
        ({"type": "dance"}, "spec.type: 'dance': choose one of heartbeat, scheduled, sweep."),
        ({"concurrencyPolicy": "Queue"}, "spec.concurrencyPolicy: 'Queue': choose one of"),
        ({"firstTick": "later"}, "spec.firstTick: 'later': choose one of"),
        ({"suspend": "no way"}, "spec.suspend: 'no way' is neither true nor false."),
        ({"agentRef": "nobody"}, "spec.agentRef: 'nobody' is no agent here; there are: reader"),
        ({"agentRef": None}, "spec.agentRef: names no agent"),
    ],
)  # fmt: skip
def test_every_mistake_is_named(spec, words):
    (told,) = said(read("sympozium", text_of(**spec)), "faults")
    assert told.startswith(words)


def test_names_and_versions_are_checked():
    text = text_of({"name": "Not A Name"}).replace("sympozium.ai/", "example.org/")
    told = said(read("sympozium", text), "faults")
    assert [each.partition(":")[0] for each in told] == ["apiVersion", "metadata.name"]


@pytest.mark.django_db
def test_labels_types_and_names_go_out_as_they_came_in():
    for agent in ("writer", "reader"):
        make_agent(id=agent)
    tasks = load("sympozium", read("sympozium", sample("sympozium.yaml")))
    first, second, third = yaml.safe_load_all(FORMATS["sympozium"].write(tasks))
    assert first["metadata"] == {
        "name": "nightly-sweep",
        "namespace": "default",
        "labels": {"team": "ops"},
        "annotations": {"note": "keep"},
    }
    assert (first["spec"]["type"], first["spec"]["schedule"]) == ("sweep", "0 2 * * 1-5")  # fmt: skip
    assert "status" not in first
    assert second["spec"]["instanceRef"] == "reader"
    assert second["spec"]["schedule"] == "CRON_TZ=Europe/Berlin */30 * ? * *"
    assert third["spec"]["schedule"] == "@every 1h30m"


@pytest.mark.django_db
def test_another_zone_and_another_name_show():
    make_agent(id="writer")
    (task,) = load("sympozium", read("sympozium", text_of()))
    task.timezone, task.name = "Europe/Berlin", "Morning look"
    task.save()
    written = FORMATS["sympozium"].write(fresh([task.pk]))
    assert yaml.safe_load(written)["spec"]["schedule"] == "CRON_TZ=Europe/Berlin 0 9 * * *"  # fmt: skip
    again = tasks_of(read("sympozium", written))["default/s"]
    assert (again["name"], again["timezone"]) == ("Morning look", "Europe/Berlin")


@pytest.mark.django_db
def test_a_task_of_backbeat_goes_out_too():
    make_agent(id="writer")
    task = make_task(id="Weekly_Look", agent_id="writer", schedule_type="weekly", weekdays=[7])  # fmt: skip
    written = yaml.safe_load(FORMATS["sympozium"].write(fresh([task.pk])))
    assert written["metadata"]["name"] == "weekly-look"
    assert written["spec"]["schedule"] == "CRON_TZ=Asia/Ho_Chi_Minh 0 7 * * 0"
    assert written["spec"]["agentRef"] == "writer"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"overlap": "queue"}, "lets no run wait"),
        ({"schedule_type": "monthly", "month_days": ["last"]}, "last day of a month"),
        ({"schedule_type": "cron", "cron_expression": "0 9 * * 1#2"}, "means nothing in robfig"),
        ({"schedule_type": "none"}, "no schedule of the type none"),
    ],
)  # fmt: skip
def test_what_it_cannot_say_is_refused_by_name(change, words):
    task = make_task(id="t", **change)
    with pytest.raises(ValueError, match=f"t: .*{words}"):
        FORMATS["sympozium"].write(fresh([task.pk]))
