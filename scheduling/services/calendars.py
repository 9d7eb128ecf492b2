"""Calendars: saving one plans the tasks that use it anew."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, Q, QuerySet
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from notifications.event_bus import TASK_SYNC, publish
from pages.translation import translated
from scheduling import planning
from scheduling.calendar_file import CalendarFileError, closed_dates
from scheduling.exceptions import Conflict
from scheduling.models import Calendar, ScheduledTask
from scheduling.models.calendar import EVERY_DAY
from scheduling.schedule import ScheduleError
from scheduling.services.people import User
from signals.sanitise import clean_text

logger = logging.getLogger(__name__)

MAX_DATES = 5000
MAX_NAME_CHARS = 200
BATCH = 200
_NAMED = 5
_BACK, _AHEAD = timedelta(days=366), timedelta(days=3653)


def save_calendar(calendar: Calendar, *, user: User) -> Calendar:
    """Validate and write a new or changed calendar; then plan the tasks that use it anew.

    Its file is read from a year back to ten years ahead, each time that it is saved. Without an
    `id` one is made from the name. Raises `ValidationError` by field, also when a task that uses
    it would never run again.
    """
    is_new = calendar._state.adding  # noqa: SLF001 -- Django's documented API
    check_calendar(calendar)
    with transaction.atomic():
        if is_new:
            _insert(calendar)
        else:
            calendar.save(force_update=True)
        logger.info("calendar %s saved by %s", calendar.id, user)
        transaction.on_commit(partial(plan_tasks_of, calendar.id))
    return calendar


def check_calendar(calendar: Calendar) -> None:
    """Bring it into the form that is stored. Raises what `save_calendar` does; writes nothing."""
    calendar.id = calendar.id or free_calendar_id(calendar.name)
    _clean(calendar)
    if not calendar._state.adding:  # noqa: SLF001 -- Django's documented API
        _refuse_to_stop_tasks(calendar)


def delete_calendar(calendar: Calendar, *, user: User) -> None:
    """Delete a calendar. Raises `Conflict` naming the tasks that use it."""
    try:
        calendar.delete()
    except ProtectedError as error:
        names = sorted(str(each.pk) for each in error.protected_objects)
        message = _("The calendar %(id)r is used by tasks (%(names)s): give them another one first.")  # fmt: skip
        raise Conflict(
            message % {"id": calendar.pk, "names": _listed(names)}
        ) from error
    logger.info("calendar %s deleted by %s", calendar.id, user)


def free_calendar_id(name: str) -> str:
    """Return a slug of `name` that no calendar has yet."""
    stem = slugify(name)[:90] or "calendar"
    taken = Calendar.objects.filter(id__startswith=stem)
    ids = set(taken.values_list("id", flat=True))
    number, free = 1, stem
    while free in ids:
        number += 1
        free = f"{stem}-{number}"
    return free


def plan_tasks_of(calendar_id: str) -> None:
    """Plan the active tasks that use this calendar anew, some at a time, and wake beat.

    A task whose slot has come is left to beat, which asks the calendar itself: no slot is lost.
    """
    calendar = Calendar.objects.defer("file").filter(id=calendar_id).first()
    last: str | None = "" if calendar else None
    while last is not None:
        with transaction.atomic():
            last = _plan_some(calendar, last)  # type: ignore[arg-type] # there is one
    publish(TASK_SYNC, {"calendar_id": calendar_id})


def _plan_some(calendar: Calendar, last: str) -> str | None:
    """Plan the next tasks by id after `last`; return the id of the last one, None at the end."""
    now = timezone.now()
    aside = ~Q(schedule_error="")
    waiting = Q(next_slot__gt=now) | Q(next_slot=None) | aside
    tasks = list(
        calendar.tasks.select_for_update(of=("self",))
        .filter(waiting, id__gt=last, active=True)
        .order_by("id")[:BATCH]
    )
    for task in tasks:
        task.calendar = calendar  # with its dates read once for all
        try:
            _plan(task, now)
        except ScheduleError as error:
            task.schedule_error = str(error)
            planning.set_aside(task)
        else:
            task.schedule_error = ""
    fields = [*planning.PLAN_FIELDS, "schedule_error"]
    ScheduledTask.objects.bulk_update(tasks, fields)
    return tasks[-1].id if len(tasks) == BATCH else None


def _plan(task: ScheduledTask, now: datetime) -> None:
    """Plan `task` from now on; one that was set aside, from where its ledger stands."""
    if task.schedule_error and task.next_slot:
        planning.move_to(task, task.schedule, task.next_slot)
    else:
        planning.plan(task, now)


def _insert(calendar: Calendar) -> None:
    try:
        with transaction.atomic():
            calendar.save(force_insert=True)
    except IntegrityError as error:
        taken = _("%(id)r is taken: choose another id.") % {"id": calendar.id}
        raise ValidationError({"id": taken}) from error


def _clean(calendar: Calendar) -> None:
    """Bring it into the form that is stored. Raises `ValidationError` by field."""
    errors: dict[str, Any] = {}
    for name, read in {
        "weekdays": _weekdays, "dates": _dates, "file_dates": _file_dates,
    }.items():  # fmt: skip
        try:
            setattr(calendar, name, read(calendar))
        except ValidationError as error:
            errors["file" if name == "file_dates" else name] = error.messages
    calendar.__dict__.pop("listed", None)  # cached of what it was before
    if not errors and calendar.only and not {*calendar.dates, *calendar.file_dates}:
        errors["dates"] = _("Name the open days: without any, all of them would be closed.")  # fmt: skip
    try:
        calendar.full_clean(exclude={*errors}, validate_unique=False)
    except ValidationError as error:
        errors = error.message_dict | errors
    if errors:
        raise ValidationError(errors)


def _weekdays(calendar: Calendar) -> list[int]:
    days = calendar.weekdays
    if not isinstance(days, list) or not {*map(repr, days)} <= {*map(repr, EVERY_DAY)}:
        message = _("%(value)s: expected weekdays, 1=Monday to 7=Sunday.")
        raise ValidationError(message % {"value": repr(days)[:80]})
    if not days:
        raise ValidationError(_("Choose one weekday or more: with none open, no task would ever run."))  # fmt: skip
    return sorted({*days})


def _dates(calendar: Calendar) -> dict[str, str]:
    """The dates that people wrote, with their names: a list of dates has none."""
    given = calendar.dates
    if isinstance(given, list):
        given = {str(day): "" for day in given}
    if not isinstance(given, dict) or len(given) > MAX_DATES:
        message = _("Expected at most %(most)d dates.") % {"most": MAX_DATES}
        raise ValidationError(message)
    wrong = [day for day in given if not _is_date(day)]
    if wrong:
        shown = ", ".join(repr(day[:40]) for day in wrong[:_NAMED])
        message = _("%(values)s: expected dates such as 2027-01-31.")
        raise ValidationError(message % {"values": shown})
    return {
        day: clean_text(str(given[day]))[:MAX_NAME_CHARS].strip()
        for day in sorted(given)
    }


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _file_dates(calendar: Calendar) -> dict[str, str]:
    """The days of the file, if there is one."""
    calendar.file = clean_text(calendar.file)
    if not calendar.file:
        calendar.file_name = ""
        return {}
    today = timezone.now().date()
    try:
        days = closed_dates(calendar.file, start=today - _BACK, until=today + _AHEAD)
    except CalendarFileError as error:
        message = _("The file %(problem)s.")
        raise ValidationError(message % {"problem": translated(error.sentence)}) from error  # fmt: skip
    return {day.isoformat(): name for day, name in days.items()}


def _refuse_to_stop_tasks(calendar: Calendar) -> None:
    """Raise `ValidationError` naming the tasks whose every slot would be closed from now on."""
    planned = ScheduledTask.objects.filter(active=True, due_at__isnull=False)
    tasks: QuerySet[ScheduledTask] = planned.filter(
        calendar=calendar, schedule_error=""
    )
    stopped = [
        task.id
        for task in tasks.only("id", "created_at", *ScheduledTask.SCHEDULE_FIELDS)
        if _would_stop(task, calendar)
    ]
    if stopped:
        message = _("These tasks would never run again: %(names)s. Change them first, or leave days open on which they are due.")  # fmt: skip
        raise ValidationError(
            {NON_FIELD_ERRORS: message % {"names": _listed(sorted(stopped))}}
        )


def _would_stop(task: ScheduledTask, calendar: Calendar) -> bool:
    task.calendar = calendar
    try:
        _schedule = task.schedule
    except ScheduleError as error:
        return error.field == "calendar"
    return False


def _listed(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" + {more}" if more > 0 else "")
