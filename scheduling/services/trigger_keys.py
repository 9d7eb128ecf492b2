"""Keys that let something outside begin a task: made, told once, revoked."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from scheduling.exceptions import Conflict
from scheduling.models import ScheduledTask, TriggerKey
from scheduling.services.made_keys import SHOWN_CHARS, digest_of, new_key
from scheduling.services.people import User, person
from signals.sanitise import clean_text

MOST_KEYS = 20
"""Of one task."""
MAX_DAYS = 36_500
MARKS = {TriggerKey.Kind.TOKEN: "bbt_", TriggerKey.Kind.SECRET: "bbs_"}
"""How the keys of each kind begin."""


def make_trigger_key(
    task: ScheduledTask,
    *,
    kind: str = TriggerKey.Kind.TOKEN,
    name: str = "",
    days: int | None = None,
    user: User,
) -> tuple[TriggerKey, str]:
    """Make a key to `task`. Returns its row, and the key itself, which cannot be told again.

    It ends in `days`; None: when it is revoked. Raises `ValidationError` by field, and `Conflict`
    when the task has as many as it may, or was deleted.
    """
    if days is not None and not 1 <= days <= MAX_DAYS:
        words = _("%(days)d: give 1 to %(most)d days, or none for no end.")
        raise ValidationError({"days": [words % {"days": days, "most": MAX_DAYS}]})
    if kind not in TriggerKey.Kind.values:
        words = _("%(kind)r is no kind of key: write token or secret.")
        raise ValidationError({"kind": [words % {"kind": kind[:20]}]})
    told = new_key(MARKS[TriggerKey.Kind(kind)])
    is_token = kind == TriggerKey.Kind.TOKEN
    now = timezone.now()
    key = TriggerKey(
        task=task,
        kind=kind,
        name=clean_text(name).strip(),
        beginning=told[:SHOWN_CHARS],
        digest=digest_of(told) if is_token else None,
        secret="" if is_token else told,
        created_at=now,
        created_by=person(user),
        expires_at=None if days is None else now + timedelta(days=days),
    )
    key.clean_fields(exclude=["task", "created_by"])
    _write(key)
    return key, told


def revoke_trigger_key(key: TriggerKey) -> None:
    """Delete it: what uses it is refused from now on."""
    TriggerKey.objects.filter(pk=key.pk).delete()


def trigger_keys_of(task: ScheduledTask) -> QuerySet[TriggerKey]:
    """The keys of a task as they are shown: without what they are."""
    rows = task.trigger_keys.select_related("created_by").order_by("id")
    return rows.defer("secret", "digest")


def key_of_token(token: str, task_id: str) -> TriggerKey | None:
    """Return the key of this task that `token` is; None: it is none, or has expired."""
    if not token.startswith(MARKS[TriggerKey.Kind.TOKEN]):
        return None
    mine = _valid(task_id).filter(digest=digest_of(token))
    return mine.defer("secret").first()


def signing_keys(task_id: str) -> list[TriggerKey]:
    """Return the secrets that may sign for this task. Raises `DecryptionError`."""
    return list(_valid(task_id).filter(kind=TriggerKey.Kind.SECRET)[:MOST_KEYS])


def _write(key: TriggerKey) -> None:
    try:
        with transaction.atomic():
            # Locked, so that two who make the last one do not both.
            held = ScheduledTask.objects.select_for_update(of=("self",), no_key=True)
            if not held.filter(id=key.task_id).only("id").exists():
                raise Conflict(_("The task %(id)r was deleted.") % {"id": key.task_id})
            if TriggerKey.objects.filter(task_id=key.task_id).count() >= MOST_KEYS:
                words = _("A task has at most %(most)d trigger keys: revoke one first.")
                raise Conflict(words % {"most": MOST_KEYS})
            key.save(force_insert=True)
    except IntegrityError as error:  # keys are looked at as the transaction ends
        raise Conflict(
            _("The task %(id)r was deleted.") % {"id": key.task_id}
        ) from error


def _valid(task_id: str) -> QuerySet[TriggerKey]:
    if (
        clean_text(task_id) != task_id
    ):  # an id that no row can have, and that no database takes
        return TriggerKey.objects.none()
    unexpired = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    return TriggerKey.objects.filter(unexpired, task_id=task_id)
