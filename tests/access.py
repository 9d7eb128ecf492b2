"""The people and things of `test_access`: one of each, and what came of asking."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from django_celery_results.models import GroupResult, TaskResult

from notifications.models import ChatSession
from notifications.signing import generate_secret
from pages.tokens import make_token
from scheduling.models import (
    Calendar,
    EventTrigger,
    OwnerBudget,
    Process,
    Spending,
    Tag,
    TriggerKey,
)
from scheduling.services.versions import record_agent, record_task
from signals.models import SignalOutput
from tests.factories import (
    make_agent,
    make_agent_act,
    make_approval,
    make_backfill,
    make_blackout,
    make_delivery,
    make_event,
    make_imported,
    make_incident,
    make_member,
    make_memory,
    make_run,
    make_shared_webhook,
    make_task,
    make_user,
    make_webhook,
)

PEOPLE = ("stranger", "staff", "viewer", "operator", "editor", "superuser")
LEASE = uuid.UUID(int=7)


def person(who: str) -> Any:
    """Somebody new: a stranger is signed in and no staff, `staff` is in no group."""
    if who in ("stranger", "staff"):
        return make_user(is_staff=who == "staff")
    if who == "superuser":
        return make_user(is_staff=True, is_superuser=True)
    return make_member(f"{who}s")


def things() -> dict[str, Any]:
    """One thing of each model by its label, each somebody else's."""
    now = timezone.now()
    task = make_task(id="report", owner=make_user(), target_user_id="99999")
    hook = make_webhook(task)
    every = IntervalSchedule.objects.create(every=7, period="minutes")
    user = make_user(username="somebody")
    agent = make_agent(id="spare")
    record_task(task, user=None, is_new=True)
    record_agent(agent, user=None, is_new=True)
    make_imported(task, format="sympozium", ref="default/report")
    return {
        "scheduling.scheduledtask": task,
        "scheduling.taskwebhook": hook,
        "notifications.webhook": make_shared_webhook(
            name="Team", format="standard", signing_secret=generate_secret()
        ),
        "scheduling.agent": agent,
        "scheduling.calendar": Calendar.objects.create(id="work", name="Work"),
        "scheduling.tag": Tag.objects.create(name="vn"),
        "scheduling.run": make_run(task),
        "scheduling.approval": make_approval(task),
        "scheduling.backfill": make_backfill(task),
        "scheduling.blackout": make_blackout(),
        "scheduling.spending": Spending.objects.create(
            scope="task", ref=task.id, day=now.date(), cost="0.12345678"
        ),
        "scheduling.ownerbudget": OwnerBudget.objects.create(owner=user, day_cost_limit=1),
        "scheduling.event": make_event(task),
        "notifications.incident": make_incident(task_id=task.id),
        "scheduling.eventtrigger": EventTrigger.objects.create(
            id=1, task=task, event_type="signal.*"
        ),
        "scheduling.triggerkey": TriggerKey.objects.create(
            id=1, task=task, kind="token", beginning="bbt_abcd", digest="0" * 64
        ),
        "scheduling.memory": make_memory(task),
        "scheduling.agentact": make_agent_act(task),
        "scheduling.process": Process.objects.create(
            name="beat@here", kind="beat", pid=1, silent_after_seconds=30
        ),
        "notifications.delivery": make_delivery(
            hook, status="failed", finished_at=now, error="HTTP 500"
        ),
        "notifications.chatsession": ChatSession.objects.create(
            user_id=str(user.pk), title="Morning"
        ),
        "signals.signaloutput": SignalOutput.objects.create(
            status="processing", lease_token=LEASE, lease_expires_at=now, consumer="job"
        ),
        "auth.user": user,
        "auth.group": Group.objects.create(name="others"),
        "knox.authtoken": make_token(user, 1)[0],
        "django_celery_beat.periodictask": PeriodicTask.objects.create(
            name="x", task="x", interval=every
        ),
        "django_celery_beat.intervalschedule": every,
        "django_celery_beat.crontabschedule": CrontabSchedule.objects.create(minute="7"),
        "django_celery_beat.solarschedule": SolarSchedule.objects.create(
            event="sunrise", latitude=10, longitude=106
        ),
        "django_celery_beat.clockedschedule": ClockedSchedule.objects.create(
            clocked_time=now
        ),
        "django_celery_results.taskresult": TaskResult.objects.create(task_id="x"),
        "django_celery_results.groupresult": GroupResult.objects.create(group_id="x"),
    }  # fmt: skip


def key_of(thing: Any) -> Any:
    """What stands for it in addresses."""
    return getattr(thing, "token_key", thing and thing.pk)


class Place(NamedTuple):
    """A path of the URLconf: its name with the namespace, and what leads there."""

    name: str
    route: str
    pattern: Any

    @property
    def model(self) -> str:
        """The model whose admin it belongs to, if any: `scheduling.run`."""
        start = self.name.removeprefix("admin:")
        labels = [
            each for each in registered() if start.startswith(each.replace(".", "_"))
        ]
        return max(labels, key=len, default="")

    @property
    def verbs(self) -> list[str]:
        """The methods that a view of the API answers."""
        view = self.pattern.callback
        actions = getattr(view, "actions", None) or [
            verb for verb in view.cls.http_method_names if hasattr(view.cls, verb)
        ]
        return sorted(verb.upper() for verb in actions if verb not in ("head", "options"))  # fmt: skip

    def path(self, thing: Any = None) -> str:
        """Its address; `thing` is what it is about, if it is about one."""
        given = self.pattern.pattern.regex.groupindex
        keys = dict.fromkeys(given, key_of(thing))
        plain = {"app_label": "scheduling", "message": 1, "number": 1}
        return reverse(self.name, kwargs=keys | {key: plain[key] for key in plain if key in given})  # fmt: skip


@cache
def places() -> list[Place]:
    """Every path there is."""
    return list(_below(get_resolver(), "", ""))


def _below(resolver: Any, route: str, space: str) -> Iterator[Place]:
    for each in resolver.url_patterns:
        whole = f"{route}{each.pattern}"
        if hasattr(each, "url_patterns"):
            inner = f"{space}{each.namespace}:" if each.namespace else space
            yield from _below(each, whole, inner)
        else:
            yield Place(f"{space}{each.name}" if each.name else "", whole, each)


def ask(who: Any, verb: str, path: str, body: dict[str, Any] | None = None) -> str:
    """Ask as `who`. Returns `yes`, `no`, `gone` (404), `login`, or another status code."""
    client = Client()
    client.force_login(who)
    send = getattr(client, verb.lower())
    if path.startswith(("/v2/", "/api/")):
        answer = send(path, body, content_type="application/json")
    else:
        answer = send(path, body)
    if answer.status_code == 302 and "/login/" in answer["Location"]:
        return "login"
    if answer.streaming:
        answer.close()  # one of few that there may be at once
    code = answer.status_code
    known = {401: "login", 403: "no", 405: "no", 404: "gone"}
    return "yes" if 200 <= code < 400 else known.get(code, str(code))


def table(text: str) -> dict[str, dict[str, str]]:
    """Read a table: a line for each row, its name first, then a word for each person."""
    rows = {}
    for line in text.strip().splitlines():
        name, *words = line.rsplit(maxsplit=len(PEOPLE))
        if name and not name.startswith("#"):
            rows[" ".join(name.split())] = dict(zip(PEOPLE, words, strict=True))
    return rows


def registered() -> dict[str, Any]:
    """The admin of each registered model."""
    return {model._meta.label_lower: each for model, each in admin.site._registry.items()}  # fmt: skip
