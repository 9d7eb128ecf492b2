"""Named calendars: which days are open."""

from __future__ import annotations

from datetime import date
from functools import cached_property

from django.db import models
from django.utils.translation import gettext_lazy as _

EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]


def every_day() -> list[int]:
    return list(EVERY_DAY)


class Calendar(models.Model):
    """Open weekdays, a list of dates, an .ics file, or all of them together.

    A day is open when its weekday is, and it is not among the dates; with `only`, when it is.
    """

    id = models.SlugField(_("id"), primary_key=True, max_length=100)
    name = models.CharField(_("name"), max_length=200)
    weekdays = models.JSONField(
        _("open weekdays"), default=every_day, blank=True, help_text=_("1=Mon … 7=Sun")
    )
    dates = models.JSONField(
        _("dates"),
        default=dict,
        blank=True,
        help_text=_("Holidays, or the only open days, with their names."),
    )
    only = models.BooleanField(
        _("the dates are the only open days"),
        default=False,
        help_text=_("Else they are the closed ones."),
    )
    file = models.TextField(_("calendar file"), blank=True)
    file_name = models.CharField(_("file name"), max_length=200, blank=True)
    file_dates = models.JSONField(
        _("days of the file"),
        default=dict,
        blank=True,
        editable=False,
        help_text=_("Date and name of each day that an event of the file covers."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def listed(self) -> frozenset[date]:
        """The dates and the days of the file together."""
        return frozenset(map(date.fromisoformat, [*self.dates, *self.file_dates]))
