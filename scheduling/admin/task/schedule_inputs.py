"""Fields of a form that read what people write of a schedule.

Each gives what the task's column of that name holds, and says in plain words what is wrong.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from pages.translation import translated
from scheduling.admin.task.zones import ZoneSelect
from scheduling.admin.widgets import (
    UNITS,
    LengthInput,
    WallTimeInput,
    WeekdayBoxes,
)
from scheduling.schedule import ScheduleError, parse_time
from scheduling.schedule_fields import EPOCH, HORIZON, LAST_DAY
from scheduling.wall_clock import load_zone, wall_time

MAX_SECONDS = 2_147_483_647  # what the column holds


class ClockField(forms.Field):
    """A time of day: `7:05`, `07:05`, `07:05:30`."""

    widget = UnfoldAdminTextInputWidget({"placeholder": "07:00", "autocomplete": "off"})

    def to_python(self, value: Any) -> time | None:
        text = str(value or "").strip()
        if not text:
            return None
        try:
            return parse_time(text)
        except ScheduleError as error:
            raise ValidationError(translated(error.at_the_field)) from error

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, time):
            return value.isoformat("seconds" if value.second else "minutes")
        return value


class WeekdaysField(forms.TypedMultipleChoiceField):
    """ISO numbers, 1 for Monday; the names are those of the reader's language."""

    widget = WeekdayBoxes

    def __init__(self, **kwargs: Any) -> None:
        days = [(number + 1, name) for number, name in WEEKDAYS.items()]
        super().__init__(choices=days, coerce=int, **kwargs)


class MonthDaysField(forms.Field):
    """Days of a month as `1, 15, last`."""

    widget = UnfoldAdminTextInputWidget(
        {"placeholder": "1, 15, last", "autocomplete": "off"}
    )

    def to_python(self, value: Any) -> list[int | str]:
        words = str(value or "").replace(";", ",").replace(",", " ").split()
        days = {self._day(word) for word in words}
        dates = sorted(day for day in days if isinstance(day, int))
        return [*dates, LAST_DAY] if LAST_DAY in days else [*dates]

    def _day(self, word: str) -> int | str:
        if word.lower() == LAST_DAY:
            return LAST_DAY
        if len(word) < 3 and word.isascii() and word.isdigit() and 1 <= int(word) <= 31:
            return int(word)
        message = _("“%(word)s” is no day of a month: write numbers from 1 to 31, or “last”, with commas between them.")  # fmt: skip
        raise ValidationError(message, params={"word": word[:20]})

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return ", ".join(str(day) for day in value)
        return value


class LengthField(forms.MultiValueField):
    """A length of time as a number and a unit; seconds, or `blank` where there is none."""

    widget = LengthInput

    def __init__(
        self, *, blank: int | None = None, most: int = MAX_SECONDS, **kwargs: Any
    ) -> None:
        self.blank, self.most = blank, most
        number = forms.IntegerField(min_value=1, required=False)
        unit = forms.TypedChoiceField(choices=UNITS, coerce=int, required=False)
        super().__init__(fields=(number, unit), require_all_fields=False, **kwargs)

    def compress(self, data_list: list[Any]) -> int | None:
        number, unit = data_list or (None, None)
        if number is None:
            return self.blank
        seconds = int(number) * int(unit or 1)
        if seconds > self.most:
            message = _("%(number)s of this unit is too long: at most %(most)s days.")
            if self.most < 2 * 86400:
                message = _("%(number)s of this unit is too long: at most 24 hours.")
            params = {"number": number, "most": self.most // 86400}
            raise ValidationError(message, params=params)
        return seconds


class DatesField(forms.Field):
    """Dates one a line or with commas between them, as a list of `2027-01-31`."""

    widget = UnfoldAdminTextareaWidget(
        {"rows": 2, "placeholder": "2027-01-01, 2027-12-25"}
    )

    def to_python(self, value: Any) -> list[str]:
        words = str(value or "").replace(";", ",").replace(",", " ").split()
        wrong = [word for word in words if not is_date(word)]
        if wrong:
            message = _("“%(word)s” is no date: write dates as 2027-01-31, with commas between them.")  # fmt: skip
            raise ValidationError(message, params={"word": wrong[0][:40]})
        return sorted({*words})

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return ", ".join(str(day) for day in value)
        return value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


def is_date(text: str) -> bool:
    """Whether `text` is a date such as 2027-01-31."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


class WallTimeField(forms.Field):
    """A date and a time as the clock shows them in `zone`, which the form sets.

    Takes an instant to show; gives a naive wall time, for the form to resolve.
    """

    widget = WallTimeInput
    zone: ZoneInfo = ZoneInfo("UTC")

    def to_python(self, value: Any) -> datetime | None:
        text = str(value or "").strip()
        if not text:
            return None
        try:
            wall = datetime.fromisoformat(text)
        except ValueError as error:
            raise self._refusal(text) from error
        if wall.tzinfo is not None or not self._is_possible(wall):
            raise self._refusal(text)
        return wall

    def _is_possible(self, wall: datetime) -> bool:
        return EPOCH.year < wall.year < HORIZON.year

    def _refusal(self, text: str) -> ValidationError:
        message = _("“%(text)s” is no date and time: write it as 2027-01-31 07:00, with a year from 1971 to 8999.")  # fmt: skip
        return ValidationError(message, params={"text": text[:40]})

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, datetime):
            wall = wall_time(value.astimezone(UTC), self.zone)
            return wall.isoformat("T", "seconds" if wall.second else "minutes")
        return value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """By what is shown, so that an instant in an hour that is twice stays what it was."""
        try:
            given = self.to_python(data)
        except ValidationError:
            return True
        shown = self.to_python(self.prepare_value(initial))
        return given != shown


class ZoneField(forms.Field):
    """The name of an IANA zone."""

    widget = ZoneSelect

    def to_python(self, value: Any) -> str:
        return str(value or "").strip()

    def validate(self, value: Any) -> None:
        if not value:
            raise ValidationError(gettext("Choose the time zone."))
        try:
            load_zone(value)
        except ScheduleError as error:
            raise ValidationError(translated(error.at_the_field)) from error
