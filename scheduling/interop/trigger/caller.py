"""Who triggers a task: nobody gets by who cannot show one of these.

1. A JWT or an API token of a user, or a bearer token of the task, as `Authorization: Bearer …`.
2. What the installation's own verify hook lets in; where it has an opinion, it is the last word.
3. A signature by a secret of the task, or by the one of the whole installation.

Whether there is such a task, and what keys it has, only they learn.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils import timezone

from notifications.encryption import DecryptionError
from scheduling.interop.trigger import hook
from scheduling.interop.trigger.bearer import user_named, user_of
from scheduling.interop.trigger.signature import (
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    BadSignature,
    Signed,
    check_signature,
    check_stamp,
)
from scheduling.models import ScheduledTask
from scheduling.selectors import owns, tasks_visible_to
from scheduling.services import mark_key_used
from scheduling.services.trigger_keys import key_of_token, signing_keys

logger = logging.getLogger(__name__)
_NOBODYS = secrets.token_urlsafe()


class Refused(Exception):
    """They cannot show who they are; the message is that of CONTRACTS A2."""


class Forbidden(Exception):
    """They are known, and may not run this task."""


class NoSuchTask(LookupError):
    """There is no such task, or not for this caller."""


@dataclass(frozen=True, kw_only=True)
class Knock:
    """A request, before it is known who asks; `headers` by their names in lower case."""

    task_id: str
    client_ip: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def signature(self) -> str:
        return self.headers.get(SIGNATURE_HEADER.lower(), "")

    @property
    def timestamp(self) -> str:
        return self.headers.get(TIMESTAMP_HEADER.lower(), "")

    @property
    def bearer(self) -> str:
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Somebody known. `user` is None for a key, which opens its own task and no other."""

    name: str
    user: Any = None
    signed: Signed | None = None


def identify(knock: Knock) -> Caller:
    """Return who asks. Raises `Refused`. Writes nothing but when a key was last used."""
    token = knock.bearer
    if token and (caller := _by_bearer(token, knock.task_id)):
        return caller
    if (said := hook.judge(_for_hook(knock))) is not None:
        return _by_hook(said)
    if token and not knock.signature:
        raise Refused("Invalid token")
    return _by_signature(knock)


def task_for(caller: Caller, task_id: str, user_id: str = "") -> ScheduledTask:
    """Return the task that they may run, as in our API.

    `user_id` is whom they say that it is for: the caller, or the task's owner or target user. It
    gives nobody more than they have. Raises `NoSuchTask` and `Forbidden`.
    """
    user = caller.user
    if user is None:
        rows = ScheduledTask.objects.all()
    else:
        if user.is_staff and not user.has_perm("scheduling.operate_scheduledtask"):
            raise Forbidden
        rows = tasks_visible_to(user)
    rows = rows.select_related("owner", "agent").defer("agent__credentials")
    task = None if "\0" in task_id else rows.filter(id=task_id).first()
    if task is None:
        raise NoSuchTask
    if user is not None and not owns(user, task):
        raise Forbidden
    if user_id and user_id not in _users_of(task, user):
        raise Forbidden
    return task


def _users_of(task: ScheduledTask, caller: Any) -> set[str]:
    people = [each for each in (task.owner, caller) if each is not None]
    return {
        task.target_user_id,
        *(str(each.pk) for each in people),
        *(each.get_username() for each in people),
    }


def _by_bearer(token: str, task_id: str) -> Caller | None:
    if key := key_of_token(token, task_id):
        mark_key_used(key, timezone.now())
        return Caller(name=f"key:{key.pk}")
    user = user_of(token)
    return None if user is None else _user(user)


def _by_hook(said: hook.Verification) -> Caller:
    if not said.valid:
        raise Refused(said.error)
    if not said.user_id:
        return Caller(name="hook")
    user = user_named(said.user_id)
    if user is None:
        logger.warning("the verify hook named %.100r, who is no active user", said.user_id)  # fmt: skip
        raise Refused(hook.REFUSED)
    return _user(user)


def _by_signature(knock: Knock) -> Caller:
    try:
        check_stamp(knock.signature, knock.timestamp, time.time())
        known = _secrets(knock.task_id)
        signed = check_signature(knock.signature, knock.timestamp, knock.body, known)
    except BadSignature as error:
        raise Refused(str(error)) from None
    return Caller(name="signature", signed=signed)


def _secrets(task_id: str) -> list[str]:
    """What may sign for this task; never none, so that it takes as long where there is none."""
    shared = settings.SCHEDULING.trigger_secret
    try:
        own = [key.secret for key in signing_keys(task_id)]
    except DecryptionError:
        logger.exception("the secrets of task %.100r cannot be read", task_id)
        own = []
    return [*own, shared or _NOBODYS]


def _user(user: Any) -> Caller:
    return Caller(name=f"user:{user.pk}", user=user)


def _for_hook(knock: Knock) -> hook.VerifyContext:
    return hook.VerifyContext(
        task_id=knock.task_id,
        signature=knock.signature,
        timestamp=knock.timestamp,
        client_ip=knock.client_ip,
        headers=knock.headers,
        body=knock.body,
    )
