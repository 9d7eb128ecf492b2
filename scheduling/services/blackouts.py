"""Pausing and resuming everything, and the windows in which nothing fires."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from notifications.event_bus import TASK_SYNC, publish
from pages.translation import translated
from scheduling import blackouts
from scheduling.exceptions import Conflict
from scheduling.models import Blackout
from scheduling.services.people import User, person
from scheduling.wall_clock import ScheduleError, load_zone
from scheduling.windows import Window

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Resumed:
    """What resuming everything has ended, and the window that is still on."""

    ended: list[Blackout]
    still_on: Window | None


def pause_all(user: User, *, note: str = "", until: datetime | None = None) -> Blackout:
    """Let nothing fire from now on, until `until` (aware) or until somebody resumes everything.

    Runs under way go on, and people may still run what they want to. Raises `Conflict` when
    everything is paused already, `ValidationError` on `until` or `note`.
    """
    with transaction.atomic():
        now = timezone.now()
        if on := _lifted_by_hand(now):
            raise Conflict(_("Everything is paused already: %(name)s.") % {"name": on[0]})  # fmt: skip
        blackout = Blackout(
            name=_("Everything is paused"),
            note=note,
            starts_at=now,
            ends_at=until,
            created_by=person(user),
        )
        if until is not None and until <= now:
            raise ValidationError({"until": _no_later_than(until, now)})
        blackout.full_clean()
        blackout.save()
        _announce(blackout, now, user)
    logger.info("everything paused by %s", user)
    return blackout


def resume_all(user: User) -> Resumed:
    """End what pauses everything now. A window that recurs stays, and the answer names it.

    Raises `Conflict` when there is nothing to end.
    """
    with transaction.atomic():
        now = timezone.now()
        ended = _lifted_by_hand(now)
        if not ended:
            raise Conflict(_nothing_to_end(now))
        for each in ended:
            each.ends_at, each.lifted_at, each.lifted_by = now, now, person(user)
        Blackout.objects.bulk_update(ended, ["ends_at", "lifted_at", "lifted_by"])
        _announce(ended[0], now, user)
        still_on = blackouts.on_at(now)
    logger.info("everything resumed by %s", user)
    return Resumed(ended, still_on)


def save_blackout(blackout: Blackout, *, user: User) -> Blackout:
    """Validate and write a new or changed window. A new one does not begin before now.

    What has been is history: one that is over stays as it is (`Conflict`), and one that has
    begun keeps its beginning. Raises `ValidationError` by field.
    """
    with transaction.atomic():
        now = timezone.now()
        before = _locked(blackout)
        if before is None:
            blackout.created_by = person(user)
            blackout.starts_at = max(blackout.starts_at, now)
        _check(blackout, before, now)
        blackout.save()
        _announce(blackout, now, user)
    return blackout


def check_blackout(blackout: Blackout) -> None:
    """Say what is wrong with it, without writing. Raises what `save_blackout` raises."""
    now = timezone.now()
    _check(blackout, Blackout.objects.filter(pk=blackout.pk).first(), now)


def _check(blackout: Blackout, before: Blackout | None, now: datetime) -> None:
    errors = _errors(blackout, before, now)
    try:
        blackout.full_clean(exclude=set(errors))
    except ValidationError as error:
        errors = {**error.error_dict, **errors}
    if errors:
        raise ValidationError(errors)


def delete_blackout(blackout: Blackout, *, user: User) -> bool:
    """Delete a window that is still to come; end one that has begun. True: it is gone.

    Raises `Conflict` for one that is over: it is history.
    """
    with transaction.atomic():
        now = timezone.now()
        row = _locked(blackout)
        if row is None or row.starts_at > now:
            Blackout.objects.filter(pk=blackout.pk).delete()
            _announce(blackout, now, user)
            return True
        row.ends_at, row.lifted_at, row.lifted_by = now, now, person(user)
        row.save(update_fields=["ends_at", "lifted_at", "lifted_by"])
        _announce(row, now, user)
    return False


def _locked(blackout: Blackout) -> Blackout | None:
    """The row as it is. Raises `Conflict` when it is over."""
    row = Blackout.objects.select_for_update().filter(pk=blackout.pk).first()
    if row is not None and row.ends_at is not None and row.ends_at <= timezone.now():
        raise Conflict(_("%(name)s is over: it stays as it was.") % {"name": row.name})
    return row


def _lifted_by_hand(now: datetime) -> list[Blackout]:
    """The windows that are on and do not recur, locked."""
    windows = blackouts.load(now, now)
    on = [
        each.id
        for each in windows
        if each.id is not None and each.covers(now) and not each.recurs
    ]
    return list(Blackout.objects.select_for_update().filter(id__in=on).order_by("id"))


def _nothing_to_end(now: datetime) -> str:
    on = blackouts.on_at(now)
    if on is None:
        return _("Nothing is paused.")
    return _(
        "%(name)s comes again by itself: change or end that window to stop it."
    ) % {"name": on.name}


def _errors(blackout: Blackout, before: Blackout | None, now: datetime) -> dict[str, Any]:  # fmt: skip
    """What is wrong by field, in the reader's language."""
    errors: dict[str, Any] = {}
    ends_at = blackout.ends_at
    if ends_at is not None and ends_at <= max(blackout.starts_at, now):
        errors["ends_at"] = _no_later_than(ends_at, max(blackout.starts_at, now))
    if before is not None and before.starts_at <= now and before.starts_at != blackout.starts_at:  # fmt: skip
        errors["starts_at"] = _("It has begun: its beginning stays as it was.")
    errors |= _errors_of_recurrence(blackout)
    try:
        load_zone(blackout.timezone)
    except ScheduleError as error:
        errors["timezone"] = translated(error.at_the_field)
    return errors


def _errors_of_recurrence(blackout: Blackout) -> dict[str, Any]:
    errors: dict[str, Any] = {}
    days = blackout.weekdays
    known = isinstance(days, list) and all(
        isinstance(day, int) and not isinstance(day, bool) and 1 <= day <= 7
        for day in days
    )
    if not known:
        errors["weekdays"] = _("%(value)s: expected a list of days, 1=Mon … 7=Sun.") % {"value": str(days)[:80]}  # fmt: skip
    elif days and blackout.from_time is None and blackout.until_time is None:
        errors["from_time"] = _("Say from and until when on these days.")
    if (blackout.from_time is None) != (blackout.until_time is None):
        missing = "from_time" if blackout.from_time is None else "until_time"
        errors[missing] = _("Give both times of day, or none.")
    return errors


def _no_later_than(ends_at: datetime, least: datetime) -> str:
    shown = [timezone.localtime(each).isoformat(sep=" ", timespec="seconds") for each in (ends_at, least)]  # fmt: skip
    return _("%(value)s: must be later than %(least)s.") % {
        "value": shown[0],
        "least": shown[1],
    }


def _announce(blackout: Blackout, now: datetime, user: User) -> None:
    """Write the event if things stop or go on by this, and wake beat."""
    who = str(user) if person(user) else ""
    why = f"{blackout.name}: {blackout.note}" if blackout.note else blackout.name
    blackouts.follow(now, note=f"{why} ({who})" if who else why)
    message = {"task_id": None, "blackout_id": blackout.pk}
    transaction.on_commit(partial(publish, TASK_SYNC, message))
