"""The words of schedules in the languages that Backbeat speaks.

PURE. To add a language, write a `Language` with the same phrases and list it in
LANGUAGES; a test holds that none lacks a phrase.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Language:
    """The words and sentence patterns of one language."""

    joined: tuple[str, str]  # and, or
    moment: str
    date: str
    weekdays: Sequence[str]  # from Monday
    months: Sequence[str]  # from January
    ordinals: Sequence[str]  # first to fifth
    phrases: dict[str, str]

    def say(self, phrase: str, **parts: object) -> str:
        """Fill in the sentence pattern called `phrase`."""
        return self.phrases[phrase].format(**parts)

    def listed(self, items: Sequence[str], *, by: int = 0) -> str:
        """Join as in 'a, b and c'; `by=1` says 'or'."""
        *head, tail = items
        return f"{', '.join(head)} {self.joined[by]} {tail}" if head else tail


ENGLISH = Language(
    joined=("and", "or"),
    moment="%Y-%m-%d %H:%M",
    date="%Y-%m-%d",
    weekdays=[
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ],
    months=[
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    ordinals=["first", "second", "third", "fourth", "fifth"],
    phrases={
        "none": "no schedule of its own",
        "once": "once, {moment}",
        "every 1 hour": "every hour",
        "every 1 minute": "every minute",
        "every 1 second": "every second",
        "every": "every {length}",
        "hour": "{n} hours",
        "minute": "{n} minutes",
        "second": "{n} seconds",
        "1 hour": "1 hour",
        "1 minute": "1 minute",
        "1 second": "1 second",
        "past": "at {minutes} past every hour",
        "range": "{every} from {first} to {last}",
        "odd": "at {minutes} past {hours}",
        "minutes": "minute {values}",
        "hours": "hour {values}",
        "at": "{days} at {times}",
        "pattern": "{times}, {days}",
        "every day": "every day",
        "every day of": "every day of {months}",
        "workdays": "every weekday Mon–Fri",
        "weekdays": "every {names}",
        "nth": "the {nth} {name} of the month",
        "last weekday": "the last {name} of the month",
        "on": "on {days}",
        "of months": " of {months}",
        "of every month": " of every month",
        "in months": " in {months}",
        "day": "day {values}",
        "last": "the last day",
        "last workday": "the last weekday (Mon–Fri)",
        "short months": " (skipped where a month has no such day)",
        "only if": "{days} when it is {names}",
        "from": ", from {moment}",
        "until": ", until {moment}",
        "seconds": ", at second {values}",
        "open days": ", on open days of its calendar",
        "open days of": ", on open days of {name}",
        "except": ", except on {dates}",
        "except dates": ", except on {count} dates",
        "moved": ", otherwise moved to the next open day",
        "later": ", up to {length} later",
    },
)

VIETNAMESE = Language(
    joined=("và", "hoặc"),
    moment="%d/%m/%Y %H:%M",
    date="%d/%m/%Y",
    weekdays=[
        "thứ Hai",
        "thứ Ba",
        "thứ Tư",
        "thứ Năm",
        "thứ Sáu",
        "thứ Bảy",
        "Chủ nhật",
    ],
    months=[f"tháng {number}" for number in range(1, 13)],
    ordinals=["thứ nhất", "thứ hai", "thứ ba", "thứ tư", "thứ năm"],
    phrases={
        "none": "không có lịch riêng",
        "once": "một lần, {moment}",
        "every 1 hour": "mỗi giờ",
        "every 1 minute": "mỗi phút",
        "every 1 second": "mỗi giây",
        "every": "mỗi {length}",
        "hour": "{n} giờ",
        "minute": "{n} phút",
        "second": "{n} giây",
        "1 hour": "1 giờ",
        "1 minute": "1 phút",
        "1 second": "1 giây",
        "past": "vào {minutes} của mỗi giờ",
        "range": "{every} từ {first} đến {last}",
        "odd": "vào {minutes} của {hours}",
        "minutes": "phút {values}",
        "hours": "giờ {values}",
        "at": "{days} lúc {times}",
        "pattern": "{times}, {days}",
        "every day": "mỗi ngày",
        "every day of": "mỗi ngày trong {months}",
        "workdays": "từ thứ Hai đến thứ Sáu hằng tuần",
        "weekdays": "{names} hằng tuần",
        "nth": "{name} lần {nth} trong tháng",
        "last weekday": "{name} cuối cùng trong tháng",
        "on": "vào {days}",
        "of months": " của {months}",
        "of every month": " hằng tháng",
        "in months": " trong {months}",
        "day": "ngày {values}",
        "last": "ngày cuối cùng",
        "last workday": "ngày làm việc cuối cùng (thứ Hai–thứ Sáu)",
        "short months": " (bỏ qua tháng không có ngày này)",
        "only if": "{days} nếu là {names}",
        "from": ", từ {moment}",
        "until": ", đến {moment}",
        "seconds": ", vào giây {values}",
        "open days": ", chỉ vào ngày mở theo lịch ngày của tác vụ",
        "open days of": ", chỉ vào ngày mở của {name}",
        "except": ", trừ ngày {dates}",
        "except dates": ", trừ {count} ngày",
        "moved": ", nếu không thì dời sang ngày mở kế tiếp",
        "later": ", muộn hơn tối đa {length}",
    },
)

LANGUAGES = {"en": ENGLISH, "vi": VIETNAMESE}
