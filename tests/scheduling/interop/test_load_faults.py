"""What is wrong with a file is told all at once, with line, path, value and what would be right."""

from __future__ import annotations

import pytest

from scheduling.models import Calendar, ScheduledTask
from tests.factories import make_agent, make_shared_webhook, make_task
from tests.scheduling.interop.native import Files

pytestmark = pytest.mark.django_db

TEN = """\
backbeat: 1
tasks:
- id: a
  name: A
  agent_id: nobody
  input_message: Go.
  schedule_type: daily
  schedule_time: "25:00"
- id: b
  name: B
  agent_id: echo
  input_message: "{{wrong_name}}"
  schedule_type: cron
  cron_expression: "0 0 31 2 *"
  overlap: sometimes
- id: c
  name: C
  agent_id: echo
  input_message: Go.
  schedule_type: weekly
  schedule_time: "07:00"
  weekdays: [9]
  max_attempts: many
  webhooks:
  - {name: w, url: "ftp://example.com"}
- id: c
  name: C again
  agent_id: echo
  input_message: Go.
  schedule_type: none
- id: d
  name: D
  agent_id: echo
  input_message: Go.
  schedule_type: none
  calendar_id: moon
  parents: [nowhere]
  colour: red
"""


@pytest.fixture
def files(tmp_path) -> Files:
    make_agent()
    return Files(tmp_path)


def one(files: Files, more: str) -> list[str]:
    """The faults of a task that has these lines too."""
    head = "backbeat: 1\ntasks:\n- id: x\n  name: X\n  agent_id: echo\n  input_message: Go.\n  schedule_type: none\n"
    code, lines = files.refused(head + more)
    assert code == 2
    return lines[:-1]


def test_a_file_with_ten_mistakes_names_all_ten(files):
    code, lines = files.refused(TEN)
    assert code == 2
    assert lines[-1] == f"{len(lines) - 1} faults; nothing was loaded."
    expected = [
        ("tasks.yaml:5: tasks[0].agent_id: ", "'nobody'; there are: echo"),
        ("tasks.yaml:8: tasks[0].schedule_time: ", "'25:00'"),
        ("tasks.yaml:12: tasks[1].input_message: ", "wrong_name"),
        ("tasks.yaml:14: tasks[1].cron_expression: ", "0 0 31 2 *"),
        (
            "tasks.yaml:15: tasks[1].overlap: ",
            "'sometimes': choose one of skip, queue, allow, replace.",
        ),
        ("tasks.yaml:22: tasks[2].weekdays: ", "1 (Monday) to 7 (Sunday)"),
        ("tasks.yaml:23: tasks[2].max_attempts: ", "'many': expected a whole number"),
        ("tasks.yaml:25: tasks[2].webhooks[0].url: ", "must be http or https"),
        ("tasks.yaml:26: tasks[3]: ", "'c' stands there twice"),
        ("tasks.yaml:36: tasks[4].calendar_id: ", "no calendar 'moon'"),
        ("tasks.yaml:37: tasks[4].parents[0].task_id: ", "no task 'nowhere'"),
        ("tasks.yaml:38: tasks[4].colour: ", "is unknown"),
    ]
    assert len(lines) - 1 == len(expected)
    for line, (place, words) in zip(lines, expected, strict=False):
        assert line.startswith(place), line
        assert words in line
    assert not ScheduledTask.objects.exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("  active: yes\n", "tasks.yaml:8: tasks[0].active: 'yes': write true or false."),
        ("  tags: [a, 1]\n", "tasks.yaml:8: tasks[0].tags: ['a', 1]: expected texts."),
        ("  parents: [x]\n", "tasks.yaml:8: tasks[0].parents[0].task_id: 'x': a task cannot run after itself."),
        ("  owner: nobody\n", "tasks.yaml:8: tasks[0].owner: there is no user 'nobody'; make it first, or leave it out."),
        ("  shared_webhooks: [ops]\n", "tasks.yaml:8: tasks[0].shared_webhooks[0]: the address book has no webhook 'ops'; there are: none."),
        ("  name: null\n", "tasks.yaml:8: tasks[0].name: stands there twice; leave one of them out."),
        ("  pause_note: x\n", "tasks.yaml:8: tasks[0].pause_note: is for a task with “active: false”."),
        ("  event_triggers: [{event_type: '***'}]\n", "tasks.yaml:8: tasks[0].event_triggers[0].event_type: "),
        ("  webhooks: [{url: 'https://example.com', format: smoke}]\n", "tasks.yaml:8: tasks[0].webhooks[0].format: "),
        ("  run_cost_limit: .nan\n", "tasks.yaml:8: tasks[0].run_cost_limit: '.nan': expected a number."),
        ("  day_cost_limit: -1\n", "tasks.yaml:8: tasks[0].day_cost_limit: "),
        ("  timezone: Mars/Base\n", "tasks.yaml:8: tasks[0].timezone: "),
        ("  deadline_seconds: 0\n", "tasks.yaml:8: tasks[0].deadline_seconds: 0: Must be 1 to 86400."),
        ("  agent_options: {nonsense: 1}\n", "tasks.yaml:8: tasks[0].agent_options: "),
    ],
)  # fmt: skip
def test_each_fault_names_its_place_and_its_value(files, more, said):
    found = one(files, more)
    assert len(found) == 1, found
    assert found[0].startswith(said), found


def test_an_instant_that_has_passed_is_a_fault(files):
    text = "backbeat: 1\ntasks:\n- {id: x, name: X, agent_id: echo, input_message: Go., schedule_type: once, run_at: '2020-01-01T07:00'}\n"
    _code, lines = files.refused(text)
    assert lines[0].startswith("tasks.yaml:3: tasks[0].run_at: ")
    assert "is over" in lines[0]


def test_a_circle_is_a_fault_also_through_tasks_that_are_there(files):
    files.load(
        "backbeat: 1\ntasks:\n- {id: a, name: A, agent_id: echo, input_message: Go., schedule_type: none}\n"
        "- {id: b, name: B, agent_id: echo, input_message: Go., schedule_type: none, parents: [a]}\n"
    )
    text = "backbeat: 1\ntasks:\n- {id: a, name: A, agent_id: echo, input_message: Go., schedule_type: none, parents: [b]}\n"
    _code, lines = files.refused(text, name="other.yaml")
    assert "would wait for each other" in lines[0]
    assert len(lines) == 2


def test_an_id_of_another_system_that_is_taken_is_a_fault(files):
    make_task(id="nightly")
    text = '{"id": "nightly", "name": "N", "agent_id": "echo", "input_message": "Go.", "schedule_type": "daily", "schedule_time": "07:00"}'
    _code, lines = files.refused(text, "--format", "simplize", name="task.json")
    assert "choose another id" in lines[0]


def test_a_name_that_two_webhooks_have_is_a_fault(files):
    make_shared_webhook(name="ops")
    make_shared_webhook(name="ops")
    found = one(files, "  alert_webhook: ops\n")
    assert "several webhooks of the address book are called 'ops'" in found[0]


def test_a_secret_is_in_no_fault(files):
    found = one(files, "  webhooks: [{url: 'ftp://s3cret.example/s3cret', headers: {A: \"s3cret\\n\"}, signing_secret: s3cret-but-bad}]\n")  # fmt: skip
    assert len(found) >= 2
    assert not any("s3cret-but-bad" in line or "/s3cret" in line for line in found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "tasks.yaml: is empty: it holds no document."),
        ("hello: [", "tasks.yaml:"),
        ("hello: world", "tasks.yaml:1: is of none of the formats"),
        ("backbeat: 2", "tasks.yaml:1: backbeat: expected “backbeat: 1”"),
        ("backbeat: 1\ntasks: 7", "tasks.yaml:2: tasks: expected a list."),
        (
            "backbeat: 1\ntasks: [7]",
            "tasks.yaml:2: tasks[0]: '7': expected names with values.",
        ),
        ("backbeat: 1\ntasks: [{}]", "tasks.yaml:2: tasks[0]: name is missing."),
    ],
)
def test_a_file_that_says_nothing_is_told_so(files, text, said):
    code, lines = files.refused(text)
    assert code == 2
    assert lines[0].startswith(said)


def test_a_wrong_agent_and_a_wrong_calendar_are_faults(files):
    text = (
        "backbeat: 1\nagents:\n- {id: a, name: A, backend: magic}\n- {id: b}\n"
        "calendars:\n- {id: c, name: C, weekdays: [mon, funday], dates: [2027-13-01]}\n"
        "webhooks:\n- {name: w, url: 'https://example.com', digest_seconds: soon}\n"
    )
    _code, lines = files.refused(text)
    told = "\n".join(lines)
    for place in ("agents[0].backend", "agents[1]: name is missing", "agents[1]: backend is missing",
                  "calendars[0].weekdays[1]", "calendars[0].dates", "webhooks[0].digest_seconds"):  # fmt: skip
        assert place in told
    assert not Calendar.objects.exists()


def test_an_agent_that_is_missing_is_told_with_those_that_no_file_names(files):
    for number in range(20):
        make_agent(id=f"agent-{number:02}")
    head = "backbeat: 1\ntasks:\n- id: x\n  name: X\n  agent_id: nobody\n  input_message: Go.\n  schedule_type: none\n"
    _code, lines = files.refused(head)
    assert "there is no agent 'nobody'; there are: agent-00, " in lines[0]
    assert lines[0].endswith("agent-19 and 1 more.")


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (
            ('[{"name": "A", "agent_id": "nobody", "input_message": "{{what}}", "schedule_type": "daily",'
            ' "schedule_time": "25:00", "timezone": "Mars/Base", "webhooks": [{"url": "ftp://x", "format": "raw"}]}]'),
            ["agent_id", "timezone", "schedule_time", "input_message", "webhooks[0].url"],
        ),
        (
            ('[{"id": "a", "name": "A", "schemas": {"method": "nobody"}, "inputs": {"prompt": "{{what}}"},'
            ' "schedule_type": "daily", "schedule_expression": "25:00", "schedule_enabled": true}]'),
            ["schemas", "schedule_expression", "input_message"],
        ),
        (
            ("apiVersion: sympozium.ai/v1alpha1\nkind: SympoziumSchedule\nmetadata: {name: a}\n"
            "spec: {agentRef: nobody, schedule: 0 25 * * *, task: '{{what}}'}"),
            ["spec.agentRef", "spec.schedule", "input_message"],
        ),
        (
            "tasks:\n- {name: a, schedule: 0 25 * * *, function: 'os:system', description: '{{what}}'}",
            ["tasks[0].schedule", "tasks[0].function", "tasks[0].input_message"],
        ),
    ],
    ids=["simplize", "apflow", "sympozium", "rq"],
)  # fmt: skip
def test_a_fault_of_reading_hides_none_of_what_was_read(files, text, places):
    code, lines = files.refused(text)
    found = [line.split(": ")[1].removeprefix("[0].") for line in lines[:-1]]
    assert code == 2
    assert sorted(found) == sorted(places), lines
