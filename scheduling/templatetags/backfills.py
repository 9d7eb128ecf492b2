"""How backfills and the ledger's answers are shown: `{% load backfills %}`."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django import template

from scheduling import ledger_words
from scheduling.ledger import Answer
from scheduling.models import ScheduledTask
from scheduling.templatetags.runs import duration

register = template.Library()


@register.simple_tag
def moment(instant: datetime, zone: ZoneInfo) -> str:
    """A moment on the clock in `zone`, without the zone's name."""
    return ledger_words.moment(instant, zone)


@register.simple_tag
def length(time: timedelta) -> str:
    """A length of time in the two units that matter."""
    return duration(time)


@register.simple_tag
def words(answer: Answer, task: ScheduledTask) -> str:
    """What the ledger says, in a sentence or two."""
    return ledger_words.in_words(answer, task)


@register.simple_tag
def label(answer: Answer) -> str:
    """The kind of the answer in a word or two."""
    return str(ledger_words.LABELS[answer.kind])


@register.filter
def look(answer: Answer) -> str:
    """The state whose icon stands for the answer."""
    return ledger_words.look_of(answer)


@register.simple_tag
def zone_of(task: ScheduledTask | None) -> ZoneInfo:
    """The zone that the task's times are told in; UTC when it was deleted."""
    return ledger_words.zone_of(task) if task else ZoneInfo("UTC")
