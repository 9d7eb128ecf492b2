"""`tasks.yaml` of the RQ scheduler: what is read, what is said, what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scheduling.interop.formats import FORMATS
from tests.factories import make_agent, make_task
from tests.scheduling.interop.loading import (  # fmt: skip
    CONTEXT,
    fresh,
    load,
    read,
    said,
    sample,
    tasks_of,
)

ONE = "tasks:\n  - {name: a, schedule: '0 7 * * *', function: 'math:sqrt', args: [4]}\n"


@pytest.fixture(autouse=True)
def allowed(configure):
    configure("SCHEDULING", allowed_functions=("statistics:mean", "math:*"))


def test_the_grammar_is_that_of_its_own_system():
    tasks = tasks_of(read("rq", sample("rq.yaml")))
    mean = tasks["ops-bot:mean_load"]
    assert mean["agent_id"] == "statistics--mean"
    assert mean["agent_options"] == {"args": [[1, 2, 3]], "kwargs": {}}
    assert (mean["cron_expression"], mean["timezone"]) == ("0 9 * * 1-5", "UTC")
    often = tasks["ops-bot:often"]
    assert (often["interval_seconds"], often["active"]) == (3600, False)
    assert "first_run" not in often  # not at once, which was a fault there
    assert tasks["ops-bot:sunday"]["agent_options"]["args"] == [16]
    assert tasks["ops-bot:every_five"]["interval_seconds"] == 300


def test_what_is_lenient_is_said_aloud():
    remarks = said(read("rq", sample("rq.yaml")), "remarks")
    assert "tasks[0].schedule: `0 9 * * 1-5` read as Monday to Friday." in remarks
    assert "tasks[0].schedule: `0 9 * * 1-5` is read in the time zone UTC." in remarks
    assert "tasks[1].schedule: `1 hour 30 minutes` read as every 1 hour: '30 minutes' does not count there either." in remarks  # fmt: skip
    assert "tasks[3].schedule: `5 minutesXYZ` read as every 5 minutes: 'XYZ' does not count there either." in remarks  # fmt: skip


def test_each_function_is_one_agent_that_is_made_only_when_it_is_missing():
    (reading,) = read("rq", sample("rq.yaml"))
    assert [each.key for each in reading.agents] == ["statistics--mean", "math--sqrt", "math--hypot"]  # fmt: skip
    assert all(each.only_if_missing for each in reading.agents)
    assert reading.agents[0].fields["options"] == {"function": "statistics:mean"}


@pytest.mark.parametrize(
    ("top", "name", "ref"),
    [("", "stem", "stem:a"), ("agent: x\n", "stem", "x:a"), ("agent_name: y\n", "", "y:a")],
)  # fmt: skip
def test_the_agent_name_is_the_files_or_the_loaders(top, name, ref):
    readings = read("rq", top + ONE, replace(CONTEXT, name=name))
    assert list(tasks_of(readings)) == [ref]


def test_the_loader_may_name_the_zone_of_its_workers():
    readings = read("rq", ONE, replace(CONTEXT, timezone="Asia/Tokyo"))
    assert tasks_of(readings)["sample:a"]["timezone"] == "Asia/Tokyo"


def test_every_mistake_is_named_with_its_line():
    text = """tasks:
  - {schedule: "0 7 * * *", function: "math:sqrt"}
  - {name: b, schedule: "61 * * * *", function: "math:sqrt"}
  - {name: c, schedule: "often", type: interval, function: "math:sqrt"}
  - {name: d, schedule: "0 7 * * *", type: daily, function: "math:sqrt"}
  - {name: e, schedule: "0 7 * * *", function: "os:system"}
  - {name: f, schedule: "0 7 * * *", function: "sqrt"}
  - {name: g, schedule: "0 7 * * *", function: "math:sqrt", enabled: maybe}
  - {name: h, schedule: "0 7 * * *", function: "math:sqrt", kwargs: [1]}
  - {name: i, schedule: "0 0 31 2 *", function: "math:sqrt"}
  - just words
  - {name: k, function: "math:sqrt"}
  - {name: l, schedule: "0 7 * * *"}
"""
    (reading,) = read("rq", text)
    assert [note.line for note in reading.faults] == list(range(2, 14))
    told = said([reading], "faults")
    assert "SCHEDULING_ALLOWED_FUNCTIONS allows: statistics:mean, math:*" in told[4]
    assert "never fires" in told[8]
    assert not any(entry.is_sound for entry in reading.tasks)


def test_a_task_that_is_there_twice_is_a_fault():
    text = ONE + ONE.removeprefix("tasks:\n")
    assert "'sample:a' is there twice: first at tasks[0]" in said(read("rq", text), "faults")[0]  # fmt: skip


def test_only_staff_load_functions():
    told = said(read("rq", ONE, replace(CONTEXT, staff=False)), "faults")
    assert told == [": only staff give tasks to functions."]


@pytest.mark.django_db
def test_every_agents_tasks_are_a_document_of_their_own():
    tasks = load("rq", read("rq", "agent: x\n" + ONE))
    tasks += load("rq", read("rq", ("agent: y\n" + ONE).replace("name: a", "name: b")))
    written = FORMATS["rq"].write(fresh([task.pk for task in tasks]))
    assert list(tasks_of(read("rq", written))) == ["x:a", "y:b"]


@pytest.mark.django_db
def test_the_patterns_of_backbeat_become_cron_lines():
    agent = make_agent(id="f", backend="function", options={"function": "math:sqrt"})
    task = make_task(agent=agent, id="t", timezone="UTC", schedule_type="weekly", weekdays=[1, 7], agent_options={"args": [4]})  # fmt: skip
    written = tasks_of(read("rq", FORMATS["rq"].write(fresh([task.pk]))))
    assert written["f:Morning report"]["cron_expression"] == "0 7 * * 0,1"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"timezone": "Europe/Berlin"}, "runs in UTC, and its time zone is Europe/Berlin"),
        ({"schedule_type": "none"}, "no schedule of the type none"),
        ({"excluded_dates": ["2027-01-01"]}, "closed days"),
        ({"schedule_time": "07:00:30"}, "no seconds"),
    ],
)  # fmt: skip
def test_what_it_cannot_say_is_refused_by_name(change, words):
    agent = make_agent(id="f", backend="function", options={"function": "math:sqrt"})
    task = make_task(**{"agent": agent, "id": "t", "timezone": "UTC", **change})
    with pytest.raises(ValueError, match=f"t: .*{words}"):
        FORMATS["rq"].write(fresh([task.pk]))


@pytest.mark.django_db
def test_a_task_of_another_backend_is_refused():
    task = make_task(id="t", timezone="UTC")
    with pytest.raises(ValueError, match="t: its agent echo is of the backend echo"):
        FORMATS["rq"].write(fresh([task.pk]))


def test_a_function_that_is_not_allowed_is_said_once(db):
    text = ONE.replace("math:sqrt", "os:getcwd")
    (reading,) = read("rq", text)
    assert [note.path for note in reading.faults] == ["tasks[0].function"]
    assert reading.agents == []


def test_an_interval_without_its_type_is_told_what_it_lacks():
    (fault,) = said(read("rq", ONE.replace("0 7 * * *", "5 minutes")), "faults")
    assert fault.endswith("; an interval needs type: interval")
