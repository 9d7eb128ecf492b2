"""`/api/scheduler/tasks`, as the RQ scheduler's clients know it (CONTRACTS A1)."""

from __future__ import annotations

import pytest
import yaml
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from pages.tokens import make_token
from scheduling.interop.formats.rq import RqFormat
from scheduling.models import Agent, ImportedTask, Run, ScheduledTask
from tests.factories import make_agent, make_member, make_task, make_user
from tests.scheduling.gateways.conftest import client_of
from tests.threads import at_once

pytestmark = pytest.mark.django_db

TASKS = "/api/scheduler/tasks"
PATH = f"{TASKS}/aiops-bot:check_alerts"
BODY = {
    "agent_name": "aiops-bot",
    "task_name": "check_alerts",
    "description": "Look for alerts",
    "enabled": True,
    "schedule": "15 minutes",
    "task_type": "interval",
    "function_path": "os.path:basename",
    "args": ["/a/b"],
    "kwargs": {},
}
KEYS = {
    "id", "agent_name", "task_name", "description", "enabled", "schedule", "task_type",
    "function_path", "args", "kwargs", "created_at", "updated_at",
}  # fmt: skip


@pytest.fixture(autouse=True)
def allowed(configure):
    configure("SCHEDULING", allowed_functions=("os.path:basename", "os.path:dirname"))


@pytest.fixture
def made(as_editor):
    answer = as_editor.post(TASKS, BODY)
    assert answer.status_code == 200, answer.content
    return answer.json()


def the_task():
    return ImportedTask.objects.get(ref="aiops-bot:check_alerts").task


def wrong(answer):
    """What a 422 says, by the place it names."""
    assert answer.status_code == 422, answer.content
    return {".".join(each["loc"]): each["msg"] for each in answer.json()["detail"]}


def test_a_task_is_made_in_the_shape_of_the_contract(made):
    assert made.keys() - {"timezone"} == KEYS
    sent = {key: made[key] for key in BODY}
    assert sent == BODY
    assert made["id"] == "aiops-bot:check_alerts"


def test_it_is_a_task_of_backbeat_with_an_agent_for_its_function(made, editor):
    task = the_task()
    assert (task.id, task.owner, task.timezone) == (
        "aiops-bot-check_alerts",
        editor,
        "UTC",
    )
    assert task.interval_seconds == 900
    assert (task.agent.backend, task.agent.options) == (
        "function",
        {"function": "os.path:basename"},
    )
    assert task.agent_options == {"args": ["/a/b"], "kwargs": {}}
    assert task.next_run_at is not None
    assert task.imported.document["function"] == "os.path:basename"


def test_its_first_run_is_not_at_once(made):
    task = the_task()
    assert (task.next_slot - task.created_at).total_seconds() == 900


def test_two_tasks_of_one_function_share_its_agent(as_editor, made):
    as_editor.post(TASKS, BODY | {"task_name": "other"})
    assert Agent.objects.filter(backend="function").count() == 1


@pytest.mark.parametrize("args", [{"a": 1, "b": 2}, "lone", 7, None])
def test_arguments_are_taken_in_every_form_they_have_there(as_editor, args):
    assert as_editor.post(TASKS, BODY | {"args": args}).json()["args"] == args


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("5 minutesXYZ", 300),
        ("1 hour 30 minutes", 3600),
        ("2 WEEKS", 1_209_600),
        ("30second", 30),
    ],
)
def test_an_interval_is_read_as_far_as_there(as_editor, words, seconds):
    assert as_editor.post(TASKS, BODY | {"schedule": words}).status_code == 200
    assert the_task().interval_seconds == seconds


def test_a_cron_line_is_in_utc_with_sunday_as_0_and_7(as_editor):
    body = BODY | {"schedule": "0 2 * * 7", "task_type": "cron"}
    shown = as_editor.post(TASKS, body).json()
    assert (shown["schedule"], shown["task_type"]) == ("0 2 * * 7", "cron")
    assert f"{the_task().next_run_at:%a %H:%M}" == "Sun 02:00"


def test_cron_is_the_type_of_who_names_none(as_editor):
    body = {key: BODY[key] for key in BODY if key != "task_type"}
    shown = as_editor.post(TASKS, body | {"schedule": "*/5 * * * *"}).json()
    assert shown["task_type"] == "cron"


def test_a_task_that_is_made_disabled_is_disabled(as_editor):
    shown = as_editor.post(TASKS, BODY | {"enabled": False})
    assert (shown.status_code, shown.json()["enabled"]) == (200, False)
    assert the_task().next_run_at is None


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        ({"schedule": "61 * * * *", "task_type": "cron"}, "body.schedule", "minute"),
        ({"schedule": "soon"}, "body.schedule", "15 minutes"),
        ({"schedule": "0 minutes"}, "body.schedule", "1 to"),
        ({"schedule": "9" * 60 + " days"}, "body.schedule", "15 minutes"),
        ({"task_type": "monthly"}, "body.task_type", "cron or interval"),
        ({"function_path": "os:system"}, "body.function_path", "SCHEDULING_ALLOWED_FUNCTIONS"),
        ({"function_path": "os; rm"}, "body.function_path", "SCHEDULING_FUNCTION_MODULES"),
        ({"agent_name": "a:b"}, "body.agent_name", "':'"),
        ({"task_name": "a/b"}, "body.task_name", "'/'"),
        ({"task_name": ""}, "body.task_name", "blank"),
        ({"kwargs": [1]}, "body.kwargs", "object"),
        ({"timezone": "Mars/Base"}, "body.timezone", "Mars"),
        ({"description": "{{nobody}}"}, "body.description", "nobody"),
        ({"colour": "red"}, "body.colour", "Unknown"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_nothing_is_made(as_editor, change, place, words):
    said = wrong(as_editor.post(TASKS, BODY | change))
    assert words in said[place]
    assert (
        ScheduledTask.objects.count()
        == Agent.objects.filter(backend="function").count()
        == 0
    )


def test_all_that_is_missing_is_named(as_editor):
    said = wrong(as_editor.post(TASKS, {}))
    assert set(said) == {
        f"body.{name}"
        for name in ("agent_name", "task_name", "schedule", "function_path")
    }


@pytest.mark.parametrize("body", ["{", "[]", '{"a": NaN}', "[" * 100_000, '"\\ud800"'])
def test_what_is_no_json_object_is_refused(as_editor, body):
    answer = as_editor.post(TASKS, body, content_type="application/json")
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body"]


def test_characters_that_no_database_takes_are_no_fault_of_ours(as_editor):
    assert as_editor.post(TASKS, BODY | {"task_name": "a\0b"}).status_code == 422
    assert as_editor.get(f"{TASKS}/a%00:b").status_code == 404
    assert as_editor.get(TASKS, {"agent_name": "a\0b"}).status_code == 200
    deep: object = 1
    for _ in range(200):
        deep = [deep]
    assert as_editor.post(TASKS, BODY | {"args": deep}).status_code == 200


def test_a_body_that_is_too_large_is_refused(as_editor):
    answer = as_editor.post(TASKS, BODY | {"description": "x" * 2_100_000})
    assert (answer.status_code, list(answer.json())) == (413, ["detail"])


def test_a_task_that_exists_is_not_made_again(as_editor, made):
    answer = as_editor.post(TASKS, BODY)
    assert answer.status_code == 409
    assert "aiops-bot:check_alerts" in answer.json()["detail"]


def test_one_task_is_read_by_its_name_there_or_its_id_here(as_editor, made):
    assert as_editor.get(PATH).json() == made
    assert as_editor.get(f"{TASKS}/aiops-bot-check_alerts").json() == made


@pytest.mark.parametrize("verb", ["get", "delete", "put", "patch"])
def test_a_task_that_is_not_there_is_not_found(as_editor, verb):
    answer = getattr(as_editor, verb)(f"{TASKS}/none:such", BODY)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Task not found"})


@pytest.mark.parametrize("verb", ["enable", "disable", "run"])
def test_a_task_that_is_not_there_cannot_be_used(as_editor, verb):
    answer = as_editor.post(f"{TASKS}/none:such/{verb}")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Task not found"})


def test_disabling_stops_a_task_and_enabling_lets_it_fire(as_editor, made):
    answer = as_editor.post(f"{PATH}/disable")
    assert (answer.status_code, answer.json()) == (
        200,
        {"message": "Task disabled successfully"},
    )
    assert (the_task().active, the_task().due_at) == (False, None)
    answer = as_editor.post(f"{PATH}/enable")
    assert (answer.status_code, answer.json()) == (
        200,
        {"message": "Task enabled successfully"},
    )
    assert the_task().active
    assert the_task().due_at is not None


def test_deleting_deletes_and_keeps_the_history(as_editor, made):
    as_editor.post(f"{PATH}/run")
    answer = as_editor.delete(PATH)
    assert (answer.status_code, answer.json()) == (
        200,
        {"message": "Task deleted successfully"},
    )
    assert as_editor.delete(PATH).status_code == 404
    assert as_editor.get(PATH).status_code == 404
    assert Run.objects.get().status == "cancelled"


def test_running_now_makes_an_execution_beside_the_schedule(as_editor, made):
    before = the_task().next_run_at
    answer = as_editor.post(f"{PATH}/run")
    assert answer.status_code == 202
    assert (answer.json()["status"], answer.json()["scheduled_task_id"]) == (
        "queued",
        made["id"],
    )
    assert the_task().next_run_at == before


def test_a_patch_changes_what_it_names_alone(as_editor, made):
    shown = as_editor.patch(PATH, {"schedule": "1 hour"}).json()
    same = made.keys() - {"schedule", "updated_at"}
    assert shown["schedule"] == "1 hour"
    assert {key: shown[key] for key in same} == {key: made[key] for key in same}


def test_a_patch_changes_type_function_and_arguments(as_editor, made):
    change = {
        "schedule": "0 * * * *", "task_type": "cron", "function_path": "os.path:dirname",
        "args": ["/c/d"], "kwargs": None, "description": None, "enabled": False,
    }  # fmt: skip
    shown = as_editor.patch(PATH, change).json()
    assert {key: shown[key] for key in change} == change


def test_what_was_read_can_be_sent_back(as_editor, made):
    answer = as_editor.put(PATH, made)
    assert answer.status_code == 200, answer.content
    assert answer.json() | {"updated_at": 0} == made | {"updated_at": 0}


def test_a_put_without_enabled_does_not_resume(as_editor, made):
    as_editor.post(f"{PATH}/disable")
    body = {key: BODY[key] for key in BODY if key != "enabled"}
    assert as_editor.put(PATH, body).json()["enabled"] is False


def test_a_name_cannot_be_changed(as_editor, made):
    said = wrong(as_editor.patch(PATH, {"task_name": "other"}))
    assert "check_alerts" in said["body.task_name"]


def test_a_bad_change_changes_nothing(as_editor, made):
    change = {"description": "New", "schedule": "never", "enabled": False}
    assert as_editor.patch(PATH, change).status_code == 422
    assert as_editor.get(PATH).json() == made


@pytest.mark.parametrize(
    ("fields", "schedule"),
    [
        ({"schedule_type": "daily", "schedule_time": "07:05"}, ("5 7 * * *", "cron")),
        ({"schedule_type": "weekly", "weekdays": [1, 7]}, ("0 7 * * 1,0", "cron")),
        ({"schedule_type": "monthly", "month_days": [15, "last"]}, ("0 7 15,L * *", "cron")),
        ({"schedule_type": "interval", "interval_seconds": 5400}, ("90 minutes", "interval")),
        ({"schedule_type": "once", "run_at": "2099-01-02T03:04:05Z"}, ("2099-01-02T03:04:05+00:00", "once")),
        ({"schedule_type": "none"}, ("", "none")),
    ],
)  # fmt: skip
def test_tasks_made_elsewhere_are_shown_in_its_words(as_editor, fields, schedule):
    make_task(id="report", input_message="Report.", **fields)
    shown = as_editor.get(f"{TASKS}/report").json()
    assert (shown["schedule"], shown["task_type"]) == schedule
    assert (shown["id"], shown["agent_name"], shown["task_name"], shown["function_path"]) == (
        "report", "echo", "Morning report", "echo",
    )  # fmt: skip
    answer = as_editor.put(f"{TASKS}/report", shown)
    assert answer.status_code == 200, answer.content
    assert ScheduledTask.objects.get().schedule_type == fields["schedule_type"]


def test_the_list_is_of_all_or_of_one_agent(as_editor, made):
    make_task(id="report")
    make_task(id="upper", agent=make_agent(id="AIOPS-BOT"))

    def ids(**query):
        return [each["id"] for each in as_editor.get(TASKS, query).json()]

    assert ids() == [made["id"], "report", "upper"]
    assert ids(agent_name="aiops-bot") == [made["id"]]
    assert ids(agent_name="echo") == ["report"]
    assert ids(agent_name="AIOPS-BOT") == ["upper"]
    assert ids(agent_name="aiops%") == []
    assert ids(limit=1, offset=1) == ["report"]


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 1001}, {"offset": -1}, {"limit": "many"}])  # fmt: skip
def test_a_limit_that_is_none_is_refused(as_editor, query):
    said = wrong(as_editor.get(TASKS, query))
    assert list(said) == [f"query.{next(iter(query))}"]


def test_the_list_takes_as_many_queries_for_many_as_for_one(as_editor, made):
    with CaptureQueriesContext(connection) as one:
        as_editor.get(TASKS)
    for number in range(5):
        as_editor.post(TASKS, BODY | {"task_name": f"t{number}"})
    with CaptureQueriesContext(connection) as many:
        assert len(as_editor.get(TASKS).json()) == 6
    assert len(many) == len(one)


def test_who_is_no_staff_says_no_function(as_person, made):
    answer = as_person.post(TASKS, BODY | {"task_name": "mine"})
    assert answer.status_code == 403
    assert "staff" in answer.json()["detail"]
    assert as_person.get(TASKS).json() == []
    assert as_person.get(PATH).status_code == 404


def test_who_is_no_staff_learns_no_names_of_others_tasks(as_person, made):
    taken, free = (as_person.post(TASKS, BODY | {"task_name": name}) for name in ("check_alerts", "free"))  # fmt: skip
    assert (taken.status_code, free.status_code) == (403, 403)
    assert taken.content == free.content


def test_the_target_of_a_task_reads_it_and_no_more(as_person, person, made):
    ScheduledTask.objects.update(target_user_id=str(person.pk))
    assert as_person.get(PATH).json()["id"] == made["id"]
    for answer in (as_person.post(f"{PATH}/disable"), as_person.delete(PATH)):
        assert (answer.status_code, list(answer.json())) == (403, ["detail"])


def test_an_operator_disables_and_does_not_edit(made):
    operator = client_of(make_member("operators"))
    assert operator.patch(PATH, {"enabled": False}).status_code == 200
    assert operator.post(f"{PATH}/enable").status_code == 200
    assert operator.patch(PATH, {"schedule": "1 hour"}).status_code == 403


def test_nobody_gets_in_without_a_token():
    answer = APIClient().get(TASKS)
    assert (answer.status_code, list(answer.json())) == (401, ["detail"])
    assert answer["WWW-Authenticate"] == "Bearer"


def test_what_was_made_here_goes_out_as_a_file(made):
    (document,) = yaml.safe_load_all(RqFormat().write([the_task()]))
    assert document["agent"] == "aiops-bot"
    (entry,) = document["tasks"]
    assert entry == {
        "name": "check_alerts", "type": "interval", "schedule": "15 minutes", "function": "os.path:basename",
        "description": "Look for alerts", "enabled": True, "args": ["/a/b"], "kwargs": {},
    }  # fmt: skip


@pytest.mark.usefixtures("shared_database")
def test_a_task_that_several_make_at_once_is_made_once():
    user = make_user(is_staff=True, is_superuser=True)
    codes = at_once(lambda: client_of(user).post(TASKS, BODY).status_code, 4)
    assert codes.count(200) == 1
    assert set(codes) <= {200, 409}  # the agent or the task is somebody's already
    assert ScheduledTask.objects.count() == Agent.objects.count() == 1


def test_a_token_is_enough_and_a_session_needs_its_csrf_token(editor):
    _, secret = make_token(editor, 1)
    bearer = Client(
        enforce_csrf_checks=True, headers={"Authorization": f"Bearer {secret}"}
    )
    assert bearer.post(TASKS, BODY, content_type="application/json").status_code == 200
    session = Client(enforce_csrf_checks=True)
    session.force_login(editor)
    answer = session.delete(PATH)
    assert (answer.status_code, "CSRF" in answer.json()["detail"]) == (403, True)


@pytest.mark.parametrize("path", [f"{TASKS}/", "/api/scheduler/executions/"])
def test_a_slash_at_the_end_is_no_other_place(as_editor, path):
    assert as_editor.get(path).json() == []
