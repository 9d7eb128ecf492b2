"""Which format a document is of, by the first entry that has what only one of them has."""

from __future__ import annotations

from collections.abc import Mapping

from scheduling.interop.formats.reading import places
from scheduling.interop.sympozium_spec import KIND

JOB_KEY = "cron:job:"
_LISTS = ("tasks", "jobs", "results", "items", "data")
_LIST_KINDS = ("List", "SympoziumScheduleList")
_MOST_ENTRIES = 1000


def kind_of(document: object) -> str:
    """Return the name of the foreign format, "" for none of them."""
    if isinstance(document, Mapping):
        if "backbeat" in document:
            return ""
        if _is_sympozium(document):
            return "sympozium"
        if any(str(key).startswith(JOB_KEY) for key in document):
            return "omniagent"
    for number, (_path, entry) in enumerate(places(document, *_LISTS)):
        if number == _MOST_ENTRIES:
            break
        if isinstance(entry, Mapping) and (kind := _kind_of_entry(entry)):
            return kind
    return ""


def _is_sympozium(document: Mapping[str, object]) -> bool:
    if document.get("kind") == KIND:
        return True
    items = document.get("items")
    if document.get("kind") not in _LIST_KINDS or not isinstance(items, list):
        return False
    return any(isinstance(each, Mapping) and each.get("kind") == KIND for each in items)


def _kind_of_entry(entry: Mapping[str, object]) -> str:
    if _is_sympozium(entry):
        return "sympozium"
    if isinstance(entry.get("action"), Mapping) or isinstance(entry.get("schedule"), Mapping):  # fmt: skip
        return "omniagent"
    if "schedule_expression" in entry or "schedule_enabled" in entry:
        return "apflow"
    if "input_message" in entry or "target_user_id" in entry:
        return "simplize"
    if isinstance(entry.get("function"), str) and "schedule" in entry:
        return "rq"
    return "apflow" if "schemas" in entry else ""
