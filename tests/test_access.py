"""Who may do what: every page, action and path of the API, for everybody there is.

A page, action or path that is new and stands in none of these tables fails a test here.
`yes` and `no` (403) say it all; a stranger is told `gone` (404) of what is somebody else's,
and `login` where they must sign in as somebody else.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from notifications import preview
from pages.tokens import make_token
from scheduling import services
from scheduling.models import Run
from tests.access import (
    LEASE,
    PEOPLE,
    ask,
    person,
    places,
    registered,
    table,
    things,
)
from tests.factories import make_delivery, make_task

pytestmark = [pytest.mark.django_db, pytest.mark.access]

API = table("""
# verb and path             stranger staff viewer operator editor superuser
GET api-tasks               yes      no    yes    yes      yes    yes
POST api-tasks              yes      no    no     no       yes    yes
GET api-task                gone     no    yes    yes      yes    yes
PUT api-task                gone     no    no     no       yes    yes
PATCH api-task              gone     no    no     no       yes    yes
DELETE api-task             gone     no    no     no       yes    yes
POST api-task-run           gone     no    no     yes      yes    yes
POST api-task-pause         gone     no    no     yes      yes    yes
POST api-task-resume        gone     no    no     yes      yes    yes
POST api-task-clone         gone     no    no     no       yes    yes
GET api-task-runs           gone     no    yes    yes      yes    yes
GET api-task-slots          gone     no    yes    yes      yes    yes
GET api-task-backfills      gone     no    yes    yes      yes    yes
POST api-task-backfills     gone     no    no     yes      yes    yes
GET api-backfill            gone     no    yes    yes      yes    yes
POST api-backfill-cancel    gone     no    no     yes      yes    yes
GET api-task-memory         gone     no    yes    yes      yes    yes
PUT api-task-memory         gone     no    no     no       yes    yes
GET api-task-memory-versions gone    no    yes    yes      yes    yes
GET api-task-versions       gone     no    yes    yes      yes    yes
GET api-task-version        gone     no    yes    yes      yes    yes
GET api-task-version-diff   gone     no    yes    yes      yes    yes
POST api-task-version-revert gone    no    no     no       yes    yes
GET api-scheduler-stats     no       no    yes    yes      yes    yes
POST api-json-rpc           yes      no    yes    yes      yes    yes
GET api-rq-tasks            yes      no    yes    yes      yes    yes
# Only staff say which function a task calls.
POST api-rq-tasks           no       no    no     no       yes    yes
GET api-rq-task             gone     no    yes    yes      yes    yes
PUT api-rq-task             gone     no    no     no       yes    yes
PATCH api-rq-task           gone     no    no     no       yes    yes
DELETE api-rq-task          gone     no    no     no       yes    yes
POST api-rq-task-enable     gone     no    no     yes      yes    yes
POST api-rq-task-disable    gone     no    no     yes      yes    yes
POST api-rq-task-run        gone     no    no     yes      yes    yes
GET api-rq-executions       yes      no    yes    yes      yes    yes
GET api-rq-execution        gone     no    yes    yes      yes    yes
POST api-rq-execution-cancel gone    no    no     yes      yes    yes
GET api-sympozium-schedules yes      no    yes    yes      yes    yes
POST api-sympozium-schedules yes     no    no     no       yes    yes
GET api-sympozium-schedule  gone     no    yes    yes      yes    yes
PATCH api-sympozium-schedule gone    no    no     no       yes    yes
DELETE api-sympozium-schedule gone   no    no     no       yes    yes
GET api-runs                yes      no    yes    yes      yes    yes
GET api-run                 gone     no    yes    yes      yes    yes
POST api-run-cancel         gone     no    no     yes      yes    yes
POST api-run-rerun          gone     no    no     yes      yes    yes
GET api-run-diff            gone     no    yes    yes      yes    yes
GET api-run-steps           gone     no    yes    yes      yes    yes
POST api-run-approve        gone     no    no     yes      yes    yes
POST api-run-reject         gone     no    no     yes      yes    yes
GET api-approvals           yes      no    yes    yes      yes    yes
GET api-agents              no       no    yes    yes      yes    yes
POST api-agents             no       no    no     no       yes    yes
GET api-agent               no       no    yes    yes      yes    yes
PUT api-agent               no       no    no     no       yes    yes
PATCH api-agent             no       no    no     no       yes    yes
DELETE api-agent            no       no    no     no       yes    yes
POST api-agent-check        no       no    no     no       yes    yes
GET api-agent-memory        no       no    yes    yes      yes    yes
PUT api-agent-memory        no       no    no     no       yes    yes
GET api-agent-memory-versions no     no    yes    yes      yes    yes
GET api-agent-versions      no       no    yes    yes      yes    yes
GET api-agent-version       no       no    yes    yes      yes    yes
GET api-agent-version-diff  no       no    yes    yes      yes    yes
POST api-agent-version-revert no     no    no     no       yes    yes
GET api-spending            no       no    yes    yes      yes    yes
PUT api-owner-budget        no       no    no     no       yes    yes
GET api-blackouts           no       no    yes    yes      yes    yes
POST api-blackouts          no       no    no     no       yes    yes
GET api-blackout            no       no    yes    yes      yes    yes
PUT api-blackout            no       no    no     no       yes    yes
PATCH api-blackout          no       no    no     no       yes    yes
DELETE api-blackout         no       no    no     no       yes    yes
POST api-pause-all          no       no    no     yes      yes    yes
POST api-resume-all         no       no    no     yes      yes    yes
GET api-agent-acts          yes      no    yes    yes      yes    yes
GET api-events              yes      no    yes    yes      yes    yes
POST api-bus                no       no    no     yes      yes    yes
GET api-bus-stream          yes      no    yes    yes      yes    yes
GET api-task-event-triggers gone     no    yes    yes      yes    yes
POST api-task-event-triggers gone    no    no     no       yes    yes
GET api-task-event-trigger  gone     no    yes    yes      yes    yes
PUT api-task-event-trigger  gone     no    no     no       yes    yes
PATCH api-task-event-trigger gone    no    no     no       yes    yes
DELETE api-task-event-trigger gone   no    no     no       yes    yes
GET api-task-trigger-keys   gone     no    yes    yes      yes    yes
POST api-task-trigger-keys  gone     no    no     no       yes    yes
DELETE api-task-trigger-key gone     no    no     no       yes    yes
GET api-task-exports        gone     no    yes    yes      yes    yes
POST api-task-exports-with-token gone no   no     no       yes    yes
GET api-task-calendar-file  gone     no    yes    yes      yes    yes
GET api-calendar-file       yes      no    yes    yes      yes    yes
GET api-incidents           yes      no    yes    yes      yes    yes
GET api-incident            gone     no    yes    yes      yes    yes
POST api-incident-acknowledge gone   no    no     yes      yes    yes
POST api-incident-resolve   gone     no    no     yes      yes    yes
GET api-calendars           no       no    yes    yes      yes    yes
POST api-calendars          no       no    no     no       yes    yes
GET api-calendar            no       no    yes    yes      yes    yes
PUT api-calendar            no       no    no     no       yes    yes
PATCH api-calendar          no       no    no     no       yes    yes
DELETE api-calendar         no       no    no     no       yes    yes
GET api-webhooks            no       no    yes    yes      yes    yes
POST api-webhooks           no       no    no     no       yes    yes
GET api-webhook             no       no    yes    yes      yes    yes
PUT api-webhook             no       no    no     no       yes    yes
PATCH api-webhook           no       no    no     no       yes    yes
DELETE api-webhook          no       no    no     no       yes    yes
POST api-webhooks-preview   no       no    yes    yes      yes    yes
POST api-webhook-preview    no       no    yes    yes      yes    yes
POST api-webhook-test       no       no    no     yes      yes    yes
POST api-webhook-switch-on  no       no    no     no       yes    yes
POST api-webhook-rotate-secret no    no    no     no       yes    yes
POST api-preview            yes      yes   yes    yes      yes    yes
POST api-callback           gone     gone  gone   gone     gone   gone
GET api-deliveries          no       no    yes    yes      yes    yes
GET api-delivery            no       no    yes    yes      yes    yes
POST api-delivery-replay    no       no    no     yes      yes    yes
POST api-delivery-cancel    no       no    no     yes      yes    yes
POST api-delivery-mark-arrived no    no    no     yes      yes    yes
POST api-deliveries-replay  no       no    no     yes      yes    yes
GET api-sessions            yes      yes   yes    yes      yes    yes
GET api-session             gone     gone  yes    yes      yes    yes
POST api-session-read       gone     gone  no     no       no     yes
POST api-session-reply      gone     gone  no     no       no     no
GET api-signals             yes      no    yes    yes      yes    yes
GET api-signal              gone     no    yes    yes      yes    yes
POST api-signal-ingest      login    login login  login    login  login
POST api-signal-claim       no       no    no     yes      yes    yes
POST api-signal-complete    no       no    no     yes      yes    yes
POST api-signal-fail        no       no    no     yes      yes    yes
POST api-signal-extend      no       no    no     yes      yes    yes
# With a token alone, no cookie: see tests/scheduling/test_mcp.py.
POST api-mcp                login    login login  login    login  login
GET api-schema              yes      yes   yes    yes      yes    yes
GET api-docs                yes      yes   yes    yes      yes    yes
""")

# What the pages of each model let one do: v look, a add, c change, d delete, - nothing.
MODELS = table("""
# model                               stranger staff viewer operator editor superuser
scheduling.scheduledtask              -        -     v      v        vacd   vacd
scheduling.run                        -        -     v      v        v      v
scheduling.approval                   -        -     v      v        v      v
scheduling.backfill                   -        -     v      v        v      v
scheduling.agent                      -        -     v      v        vacd   vacd
scheduling.tag                        -        -     v      v        vacd   vacd
scheduling.calendar                   -        -     v      v        vacd   vacd
scheduling.taskwebhook                -        -     v      v        v      v
notifications.webhook                 -        -     v      v        vacd   vacd
scheduling.blackout                   -        -     v      v        vacd   vacd
scheduling.spending                   -        -     v      v        v      v
scheduling.ownerbudget                -        -     v      v        vacd   vacd
scheduling.memory                     -        -     v      v        vc     vc
scheduling.agentact                   -        -     v      v        v      v
notifications.incident                -        -     v      v        v      v
scheduling.event                      -        -     v      v        v      v
scheduling.process                    -        -     v      v        v      v
notifications.delivery                -        -     v      v        v      v
notifications.chatsession             -        -     v      v        v      v
signals.signaloutput                  -        -     v      v        v      vd
django_celery_beat.periodictask       -        -     v      v        v      vacd
django_celery_beat.intervalschedule   -        -     v      v        v      vacd
django_celery_beat.crontabschedule    -        -     v      v        v      vacd
django_celery_beat.solarschedule      -        -     v      v        v      vacd
django_celery_beat.clockedschedule    -        -     v      v        v      vacd
django_celery_results.taskresult      -        -     v      v        v      v
django_celery_results.groupresult     -        -     v      v        v      v
auth.user                             -        -     -      -        -      vacd
auth.group                            -        -     -      -        -      vacd
knox.authtoken                        -        -     vad    vad      vad    vad
""")

# All other pages. What belongs to a person is somebody else's here.
PAGES = table("""
# verb and page                                 stranger staff viewer operator editor superuser
# With a key, a token or a signature, no cookie: see tests/scheduling/trigger.
POST webhook-trigger                            no       no    no     no       no     no
# With a key alone: see tests/scheduling/test_calendar_feed.py.
GET ical-feed                                   no       no    no     no       no     no
GET calendar-feed                               yes      yes   yes    yes      yes    yes
POST calendar-feed                              yes      yes   yes    yes      yes    yes
GET inbox                                       yes      yes   yes    yes      yes    yes
POST inbox-read-all                             yes      yes   yes    yes      yes    yes
GET inbox-session                               gone     gone  gone   gone     gone   gone
POST inbox-read                                 gone     gone  gone   gone     gone   gone
POST inbox-unread                               gone     gone  gone   gone     gone   gone
GET inbox-message-text                          gone     gone  gone   gone     gone   gone
POST inbox-reply                                gone     gone  gone   gone     gone   gone
GET inbox-live                                  gone     gone  gone   gone     gone   gone
GET account                                     yes      yes   yes    yes      yes    yes
GET password                                    yes      yes   yes    yes      yes    yes
GET admin:index                                 login    yes   yes    yes      yes    yes
GET admin:jsi18n                                login    yes   yes    yes      yes    yes
GET admin:search                                login    yes   yes    yes      yes    yes
GET admin:password_change                       login    yes   yes    yes      yes    yes
GET admin:password_change_done                  login    yes   yes    yes      yes    yes
GET admin:autocomplete                          login    no    yes    yes      yes    yes
GET admin:view_on_site                          login    gone  gone   gone     gone   gone
GET admin:app_list                              login    gone  yes    yes      yes    yes
GET admin:auth_user_password_change             login    no    no     no       no     yes
GET admin:scheduling_process_overview           no       yes   yes    yes      yes    yes
GET admin:scheduling_run_live                   login    no    yes    yes      yes    yes
GET admin:scheduling_run_output                 login    no    yes    yes      yes    yes
GET admin:scheduling_run_data                   login    no    yes    yes      yes    yes
POST admin:scheduling_run_cancel                login    no    no     yes      yes    yes
POST admin:scheduling_run_cancel_cycle          login    no    no     yes      yes    yes
POST admin:scheduling_run_rerun                 login    no    no     yes      yes    yes
POST admin:scheduling_scheduledtask_preview     login    no    yes    yes      yes    yes
GET admin:scheduling_scheduledtask_people       login    no    no     no       yes    yes
POST admin:scheduling_scheduledtask_switch      login    no    no     yes      yes    yes
GET admin:scheduling_scheduledtask_confirm_run  login    no    no     yes      yes    yes
POST admin:scheduling_scheduledtask_confirm_run login    no    no     yes      yes    yes
GET admin:scheduling_scheduledtask_confirm_pause  login  no    no     yes      yes    yes
POST admin:scheduling_scheduledtask_confirm_pause login  no    no     yes      yes    yes
POST admin:scheduling_approval_approve          login    no    no     yes      yes    yes
POST admin:scheduling_approval_reject           login    no    no     yes      yes    yes
GET admin:scheduling_scheduledtask_clone        login    no    no     no       yes    yes
GET admin:scheduling_scheduledtask_runs         login    no    yes    yes      yes    yes
GET admin:scheduling_scheduledtask_backfill     login    no    no     yes      yes    yes
POST admin:scheduling_scheduledtask_backfill    login    no    no     yes      yes    yes
POST admin:scheduling_backfill_cancel           login    no    no     yes      yes    yes
GET admin:scheduling_scheduledtask_trigger_keys login    no    yes    yes      yes    yes
POST admin:scheduling_scheduledtask_trigger_keys login   no    no     no       yes    yes
GET admin:scheduling_scheduledtask_exports      login    no    yes    yes      yes    yes
POST admin:scheduling_scheduledtask_exports     login    no    no     no       yes    yes
GET admin:scheduling_scheduledtask_import_tasks login    no    no     no       yes    yes
POST admin:scheduling_scheduledtask_import_tasks login   no    no     no       400    400
GET admin:scheduling_scheduledtask_versions     login    no    yes    yes      yes    yes
GET admin:scheduling_scheduledtask_version      login    no    yes    yes      yes    yes
GET admin:scheduling_scheduledtask_compare      login    no    yes    yes      yes    yes
GET admin:scheduling_scheduledtask_revert       login    no    no     no       yes    yes
POST admin:scheduling_scheduledtask_revert      login    no    no     no       yes    yes
GET admin:scheduling_agentact_stop              login    no    no     yes      yes    yes
POST admin:scheduling_agentact_stop             login    no    no     yes      yes    yes
POST admin:scheduling_agent_check               login    no    no     no       yes    yes
GET admin:scheduling_event_bus                  login    no    yes    yes      yes    yes
GET admin:scheduling_memory_scheduledtask       login    no    yes    yes      yes    yes
POST admin:scheduling_memory_scheduledtask      login    no    no     no       yes    yes
GET admin:scheduling_memory_agent               login    no    yes    yes      yes    yes
POST admin:scheduling_memory_agent              login    no    no     no       yes    yes
GET admin:scheduling_memory_version             login    no    yes    yes      yes    yes
POST admin:scheduling_memory_version            login    no    no     no       yes    yes
GET admin:scheduling_agent_versions             login    no    yes    yes      yes    yes
GET admin:scheduling_agent_version              login    no    yes    yes      yes    yes
GET admin:scheduling_agent_compare              login    no    yes    yes      yes    yes
GET admin:scheduling_agent_revert               login    no    no     no       yes    yes
POST admin:scheduling_agent_revert              login    no    no     no       yes    yes
GET admin:scheduling_blackout_pause_all         login    no    no     yes      yes    yes
POST admin:scheduling_blackout_pause_all        login    no    no     yes      yes    yes
POST admin:scheduling_blackout_resume_all       login    no    no     yes      yes    yes
POST admin:notifications_incident_acknowledge   login    no    no     yes      yes    yes
POST admin:notifications_incident_resolve       login    no    no     yes      yes    yes
POST admin:notifications_delivery_replay        login    no    no     yes      yes    yes
POST admin:notifications_delivery_cancel        login    no    no     yes      yes    yes
POST admin:notifications_delivery_mark_arrived  login    no    no     yes      yes    yes
POST admin:scheduling_taskwebhook_switch_on     login    no    no     no       yes    yes
POST admin:scheduling_taskwebhook_preview       login    no    yes    yes      yes    yes
POST admin:scheduling_taskwebhook_test          login    no    no     no       yes    yes
POST admin:scheduling_taskwebhook_rotate        login    no    no     no       yes    yes
GET admin:notifications_webhook_channels        login    no    yes    yes      yes    yes
POST admin:notifications_webhook_switch_on      login    no    no     no       yes    yes
POST admin:notifications_webhook_rotate         login    no    no     no       yes    yes
POST admin:notifications_webhook_preview        login    no    yes    yes      yes    yes
POST admin:notifications_webhook_test           login    no    no     yes      yes    yes
POST admin:signals_signaloutput_move            login    no    no     yes      yes    yes
""")

# Who is offered which action on the rows of a list.
ACTIONS = table("""
# model and action                                  stranger staff viewer operator editor superuser
scheduling.scheduledtask delete_selected            -        -     -      -        yes    yes
scheduling.scheduledtask run_now                    -        -     -      yes      yes    yes
scheduling.scheduledtask pause                      -        -     -      yes      yes    yes
scheduling.scheduledtask resume                     -        -     -      yes      yes    yes
scheduling.scheduledtask adopt                      -        -     -      -        yes    yes
scheduling.run cancel                               -        -     -      yes      yes    yes
scheduling.run rerun                                -        -     -      yes      yes    yes
scheduling.approval approve                         -        -     -      yes      yes    yes
scheduling.approval reject                          -        -     -      yes      yes    yes
scheduling.agent delete_selected                    -        -     -      -        yes    yes
scheduling.ownerbudget delete_selected              -        -     -      -        yes    yes
scheduling.calendar delete_selected                 -        -     -      -        yes    yes
scheduling.tag delete_selected                      -        -     -      -        yes    yes
signals.signaloutput delete_selected                -        -     -      -        -      yes
notifications.incident acknowledge                  -        -     -      yes      yes    yes
notifications.incident resolve                      -        -     -      yes      yes    yes
notifications.delivery replay                       -        -     -      yes      yes    yes
auth.user delete_selected                           -        -     -      -        -      yes
auth.group delete_selected                          -        -     -      -        -      yes
django_celery_beat.periodictask delete_selected     -        -     -      -        -      yes
django_celery_beat.periodictask enable_tasks        -        -     -      -        -      yes
django_celery_beat.periodictask disable_tasks       -        -     -      -        -      yes
django_celery_beat.periodictask toggle_tasks        -        -     -      -        -      yes
django_celery_beat.periodictask run_tasks           -        -     -      -        -      yes
django_celery_beat.intervalschedule delete_selected -        -     -      -        -      yes
django_celery_beat.crontabschedule delete_selected  -        -     -      -        -      yes
django_celery_beat.solarschedule delete_selected    -        -     -      -        -      yes
django_celery_beat.clockedschedule delete_selected  -        -     -      -        -      yes
""")

TASK = {"name": "x", "agent_id": "spare", "input_message": "x", "schedule_type": "daily", "schedule_time": "07:00"}  # fmt: skip
RQ_TASK = {"agent_name": "a", "task_name": "b", "schedule": "0 7 * * *", "function_path": "os.path:basename"}  # fmt: skip
AGENT = {"id": "spare", "name": "Spare", "backend": "echo"}


def only_resumed(_world: dict[str, Any]) -> dict[str, Any]:
    """No body; but what is paused already cannot be paused."""
    services.resume_all(None)
    return {}


BODIES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "POST api-bus": lambda _: {"event_type": "price.moved"},
    "POST api-task-event-triggers": lambda _: {"event_type": "price.moved"},
    "PUT api-task-event-trigger": lambda _: {"event_type": "price.moved"},
    "PUT api-task-memory": lambda _: {"content": "x"},
    "PUT api-agent-memory": lambda _: {"content": "x"},
    "POST admin:scheduling_scheduledtask_trigger_keys": lambda _: {"kind": "token"},
    "POST api-tasks": lambda _: TASK,
    "PUT api-task": lambda _: TASK,
    "PATCH api-task": lambda _: {"name": "x"},
    "POST api-rq-tasks": lambda _: RQ_TASK,
    "PUT api-rq-task": lambda _: RQ_TASK | {"agent_name": "echo", "task_name": "Morning report", "function_path": "echo"},
    "PATCH api-rq-task": lambda _: {"schedule": "0 8 * * *"},
    "POST api-sympozium-schedules": lambda _: {"agentRef": "spare", "schedule": "0 7 * * *", "task": "x"},
    "PATCH api-sympozium-schedule": lambda _: {"task": "x"},
    "POST api-task-backfills": lambda _: {"from_at": "2026-11-02", "until_at": "2026-11-03"},
    "POST api-calendars": lambda _: {"name": "x"},
    "PUT api-calendar": lambda _: {"name": "x"},
    "POST api-preview": lambda _: {"schedule_type": "daily", "schedule_time": "07:00"},
    "POST api-agents": lambda _: AGENT | {"id": "new"},
    "PUT api-agent": lambda _: AGENT,
    "POST api-blackouts": lambda _: {"name": "x"},
    "PUT api-blackout": lambda _: {"name": "x"},
    "POST api-pause-all": only_resumed,
    "POST admin:scheduling_blackout_pause_all": only_resumed,
    "POST api-deliveries-replay": lambda _: {"status": "failed", "dry_run": True},
    "POST api-signal-claim": lambda _: {"consumer": "me"},
    "POST api-signal-complete": lambda _: {"lease_token": str(LEASE)},
    "POST api-signal-fail": lambda _: {"lease_token": str(LEASE), "error": "x"},
    "POST api-signal-extend": lambda _: {"lease_token": str(LEASE)},
    "GET admin:scheduling_scheduledtask_compare": lambda _: {"from": 1, "to": 1},
    "GET admin:scheduling_agent_compare": lambda _: {"from": 1, "to": 1},
    "GET admin:autocomplete": lambda _: {
        "app_label": "scheduling", "model_name": "scheduledtask", "field_name": "agent",
    },
    "POST api-webhooks": lambda _: {"url": "https://example.com/new"},
    "POST api-webhooks-preview": lambda _: {"format": "raw"},
    "POST admin:notifications_webhook_preview": lambda world: {
        "webhook": world["notifications.webhook"].pk,
    },
    "POST admin:notifications_webhook_test": lambda world: {
        "webhook": world["notifications.webhook"].pk,
    },
    "POST admin:scheduling_taskwebhook_preview": lambda world: {
        "webhook": world["scheduling.taskwebhook"].pk,
    },
    "POST admin:scheduling_taskwebhook_test": lambda world: {
        "webhook": world["scheduling.taskwebhook"].pk, "prefix": "w", "w-format": "none",
    },
}  # fmt: skip
ARRIVED = preview.TestResult(
    arrived=True, status=200, answer="", reason="", in_doubt=False, duration_ms=1, body=""
)  # fmt: skip
FOR_ALL = {"login", "logout", "set_language", "healthz", "admin:login", "admin:logout"}
"""Nobody needs to be somebody for these."""

GENERIC = {
    "changelist": [("GET", "v")],
    "add": [("GET", "a"), ("POST", "a")],
    "change": [("GET", "v"), ("POST", "c")],
    "delete": [("GET", "d"), ("POST", "d")],
    "history": [("GET", "v")],
}
"""The pages that Django makes for each model, and which letter opens each."""


@pytest.fixture(autouse=True)
def surroundings(configure, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(
        preview, "send_test", lambda _: ARRIVED
    )  # the network is not asked
    settings.STATIC_ROOT = tmp_path  # WhiteNoise warns of a folder that is not there
    configure("SIGNALS", ingest_keys=("the-key",))
    configure("SCHEDULING", allowed_functions=("os.path:basename",))


def outcomes(verb, asked):
    """What comes of asking as each person, each time with everything as it was.

    `asked` gives the path and the body; it takes the things there are and who asks.
    """
    found = {}
    with transaction.atomic():
        world = things()
        people = {who: person(who) for who in PEOPLE}
        for who, user in people.items():
            with transaction.atomic():
                path, body = asked(world, user)
                found[who] = ask(user, verb, path, body)
                transaction.set_rollback(True)
        transaction.set_rollback(True)
    return found


def body_of(row, world):
    return BODIES[row](world) if row in BODIES else {}


def named(prefix):
    return {each.name: each for each in places() if each.name.startswith(prefix)}


# The API


def test_every_path_of_the_api_is_in_the_table():
    found = {f"{verb} {name}" for name, each in named("api-").items() for verb in each.verbs}  # fmt: skip
    assert found == set(API)


OF_THE_NAME = {
    "api-calendar": "scheduling.calendar", "api-webhook": "notifications.webhook", "api-task": "scheduling.scheduledtask", "api-run": "scheduling.run",
    "api-rq-task": "scheduling.scheduledtask", "api-rq-execution": "scheduling.run",
    "api-sympozium-schedule": "scheduling.scheduledtask",
    "api-agent": "scheduling.agent", "api-delivery": "notifications.delivery",
    "api-backfill": "scheduling.backfill", "api-blackout": "scheduling.blackout",
    "api-incident": "notifications.incident", "api-session": "notifications.chatsession", "api-signal": "signals.signaloutput",
    "inbox": "notifications.chatsession", "admin:auth_user": "auth.user",
}  # fmt: skip


def thing_of(name, world):
    """The one that a path is about, if any."""
    if name in ("api-run-approve", "api-run-reject"):
        return world["scheduling.approval"].run
    if name == "api-owner-budget":
        return SimpleNamespace(pk="somebody")
    if name.endswith(("api-delivery-cancel", "delivery_cancel")):
        return make_delivery(world["scheduling.taskwebhook"], status="pending")
    if name.endswith(("api-delivery-mark-arrived", "delivery_mark_arrived")):
        return make_delivery(world["scheduling.taskwebhook"], status="unknown", finished_at=timezone.now())  # fmt: skip
    if name in (
        "admin:scheduling_memory_scheduledtask",
        "admin:scheduling_memory_agent",
    ):
        return world[name.replace("admin:scheduling_memory_", "scheduling.")]
    label = named(name)[name].model or next(
        (label for word, label in OF_THE_NAME.items() if name.startswith(word)), ""
    )
    return world.get(label)


@pytest.mark.parametrize("row", API)
def test_the_api_does_for_each_person_what_the_table_says(row):
    verb, name = row.split()
    place = named(name)[name]

    def asked(world, _user):
        return place.path(thing_of(name, world)), body_of(row, world)

    assert outcomes(verb, asked) == API[row]


def test_a_patch_of_active_alone_is_for_who_may_operate():
    path = reverse("api-task", args=["report"])
    found = outcomes("PATCH", lambda *_: (path, {"active": False}))
    assert found == API["POST api-task-pause"]


def test_a_stranger_owns_a_task_and_does_everything_with_it():
    lan = person("stranger")
    things()
    make_task(id="own", owner=lan)
    path = reverse("api-task", args=["own"])
    for verb in ("run", "pause", "resume", "clone"):
        assert ask(lan, "POST", f"{path}{verb}") == "yes"
    for verb in ("GET", "PATCH", "DELETE"):
        assert ask(lan, verb, path, {}) == "yes"


def test_the_internal_key_takes_signals_on():
    things()
    answer = Client(headers={"X-Api-Key": "the-key"}).post(
        reverse("api-signal-claim"), {"consumer": "job"}, content_type="application/json"
    )  # fmt: skip
    assert answer.status_code == 200


@pytest.mark.parametrize("row", [row for row in API if not {"docs", "schema", "callback"} & set(row.split("-"))])  # fmt: skip
def test_nobody_gets_into_the_api_without_a_token(row):
    verb, name = row.split()
    place = named(name)[name]
    world = things()
    path = place.path(thing_of(name, world))
    assert getattr(Client(), verb.lower())(path).status_code == 401


# The admin


def test_every_page_is_in_a_table():
    assert set(registered()) == set(MODELS)
    of_models = {reverse_name(label, page) for label in MODELS for page in GENERIC}
    of_the_api = set(named("api-"))
    others = set(named("")) - {""} - of_models - of_the_api - FOR_ALL
    assert others == {row.split()[1] for row in PAGES}


def test_every_path_without_a_name_is_another_spelling():
    routes = {each.route.rstrip("/") for each in places() if each.name}
    known = {"^v2/", "admin/(?P<url>.*)$"}
    strange = {
        each.route
        for each in places()
        if not each.name
        and each.route.rstrip("/") not in routes | known
        and each.route not in known
        and not each.route.endswith("<path:object_id>/")  # Django's old address of a page
    }  # fmt: skip
    assert strange == set()


def reverse_name(label, page):
    return f"admin:{label.replace('.', '_')}_{page}"


@pytest.mark.parametrize("page", GENERIC)
@pytest.mark.parametrize("label", MODELS)
def test_the_pages_of_a_model_do_for_each_person_what_the_table_says(label, page):
    place = named("admin:").get(reverse_name(label, page))
    if place is None:
        return  # a model without such a page

    def asked(world, user):
        own = {"knox.authtoken": make_token(user, 1)[0]}
        return place.path((world | own)[label]), body

    for verb, letter in GENERIC[page]:
        body = {"post": "yes"} if (page, verb) == ("delete", "POST") else {}
        expected = {
            who: "yes" if letter in may else "no" for who, may in MODELS[label].items()
        }
        assert outcomes(verb, asked) == expected | {"stranger": "login"}


@pytest.mark.parametrize("row", PAGES)
def test_the_other_pages_do_for_each_person_what_the_table_says(row):
    verb, name = row.split()
    place = named(name)[name]

    def asked(world, _user):
        return place.path(thing_of(name, world)), body_of(row, world)

    assert outcomes(verb, asked) == PAGES[row]


def test_nobody_gets_to_a_page_without_signing_in():
    world = things()
    for name, place in named("").items():
        if name and not name.startswith("api-") and name not in FOR_ALL:
            answer = Client().get(place.path(thing_of(name, world)))
            assert (name, answer.status_code) in [(name, code) for code in (302, 403, 405)]  # fmt: skip
            assert "/login/" in answer.get("Location", "/login/")


@pytest.mark.parametrize("who", PEOPLE)
def test_each_person_is_offered_the_actions_of_the_table(who):
    request = RequestFactory().get("/admin/")
    request.user = person(who)
    offered = {
        f"{label} {action}"
        for label, each in registered().items()
        for action in each.get_actions(request)
    }
    assert offered == {row for row, may in ACTIONS.items() if may[who] == "yes"}


def test_every_action_is_in_the_table():
    request = RequestFactory().get("/admin/")
    request.user = person("superuser")
    assert set(ACTIONS) == {
        f"{label} {action}"
        for label, each in registered().items()
        for action in each.get_actions(request)
    }


def test_an_action_that_is_not_offered_is_not_done_by_hand():
    viewer = person("viewer")
    task = things()["scheduling.scheduledtask"]
    before = Run.objects.count()
    path = reverse("admin:scheduling_scheduledtask_changelist")
    ask(viewer, "POST", path, {"action": "run_now", "_selected_action": task.pk})
    ask(viewer, "POST", path, {"action": "pause", "_selected_action": task.pk})
    task.refresh_from_db()
    assert (Run.objects.count(), task.active) == (before, True)
