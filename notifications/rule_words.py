"""A webhook's rule in the reader's words: what deserves a message, and when it is told."""

from __future__ import annotations

from datetime import time

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications.models.rule import Rule


def rule_in_words(rule: Rule) -> str:
    """The rule on one line, as "failures only, the first of a streak; quiet 22:00–07:00"."""
    parts = [", ".join(_what(rule)), _when_quiet(rule), _digest(rule)]
    if rule.timezone and any(parts[1:]):
        parts[-1 if parts[-1] else 1] += f" ({rule.timezone})"
    return "; ".join(part for part in parts if part)


def _what(rule: Rule) -> list[str]:
    said = {
        Rule.NotifyOn.ALWAYS: _("success and failure"),
        Rule.NotifyOn.SUCCESS: _("successes only"),
        Rule.NotifyOn.FAILURE: _("failures only"),
        Rule.NotifyOn.CHANGE: _("only when the output has changed"),
    }.get(Rule.NotifyOn(rule.notify_on), "")
    found = [said]
    if rule.notify_on == Rule.NotifyOn.CHANGE and rule.changed_fields:
        fields = ", ".join(map(str, rule.changed_fields))
        found = [_("only when this has changed: %(fields)s") % {"fields": fields}]
    if rule.first_of_streak:
        found.append(_("the first of a streak"))
    if rule.condition:
        found.append(_("if %(condition)s") % {"condition": rule.condition})
    if not rule.obeys_silence:
        found.append(_("silent outputs too"))
    return found


def _when_quiet(rule: Rule) -> str:
    if rule.quiet_from is None or rule.quiet_until is None:
        return ""
    ends = {"from": _clock(rule.quiet_from), "until": _clock(rule.quiet_until)}
    return _("quiet %(from)s–%(until)s") % ends


def _digest(rule: Rule) -> str:
    if rule.digest_at is not None:
        return _("daily digest at %(time)s") % {"time": _clock(rule.digest_at)}
    if rule.digest_seconds:
        return _("digest of %(length)s") % {"length": _length(rule.digest_seconds)}
    return ""


def _clock(at: time) -> str:
    return at.isoformat("seconds" if at.second else "minutes")


def _length(seconds: int) -> str:
    """In the largest unit that leaves no rest."""
    if seconds % 86_400 == 0:
        count, words = seconds // 86_400, ngettext("%(count)d day", "%(count)d days", seconds // 86_400)  # fmt: skip
    elif seconds % 3_600 == 0:
        count, words = seconds // 3_600, ngettext("%(count)d hour", "%(count)d hours", seconds // 3_600)  # fmt: skip
    elif seconds % 60 == 0:
        count, words = seconds // 60, ngettext("%(count)d minute", "%(count)d minutes", seconds // 60)  # fmt: skip
    else:
        count, words = seconds, ngettext("%(count)d second", "%(count)d seconds", seconds)  # fmt: skip
    return words % {"count": count}
