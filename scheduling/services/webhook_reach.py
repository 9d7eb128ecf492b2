"""Where the webhooks of a task may lead, when somebody who is not of the staff says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from notifications.mail_addresses import addresses_of
from notifications.models import Webhook
from notifications.services import check_webhooks
from notifications.ssrf import origin_of, safe_origin
from scheduling.models import ScheduledTask, TaskWebhook
from scheduling.services.people import User

_WHAT_LEADS = {
    "chat": ("format", "chat_id"),
    "apprise": ("format", "url"),
    "email": ("format", "url"),
}
"""What says where the formats lead that are not everybody's; unchanged, it may stay."""


def reachable_webhooks(
    task: ScheduledTask, entries: Sequence[Mapping[str, Any]], user: User
) -> list[Webhook]:
    """Return the webhooks that `task` is to have, as `check_webhooks` does, unsaved.

    Private origins that the installation allows, other people's inboxes and mail to them, and
    Apprise are for staff: what goes there speaks in the installation's name. Raises `ValidationError` under `webhooks`.
    """
    if user is None or getattr(user, "is_staff", False):
        return check_webhooks(TaskWebhook, "task", task, entries)
    _refuse(_to_own_origins(entries))
    hooks = check_webhooks(TaskWebhook, "task", task, entries)
    _refuse(_out_of_reach(hooks, user))
    return hooks


def _to_own_origins(entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    conf = settings.NOTIFICATIONS
    own = {origin_of(each) for each in conf.internal_origins + conf.allowed_origins}
    for place, entry in enumerate(entries):
        url = entry.get("url")
        if isinstance(url, str) and url and safe_origin(url) in own:
            text = _("[%(place)d].url: only staff may name this address.")
            yield text % {"place": place}


def _out_of_reach(hooks: Sequence[Webhook], user: Any) -> Iterator[str]:
    mine = ("", str(user.pk))
    asked = {
        place: hook
        for place, hook in enumerate(hooks)
        if hook.format == "apprise"
        or (hook.format == "chat" and hook.chat_id.strip() not in mine)
        or (hook.format == "email" and not _is_own_mail(hook.url, user))
    }
    keys = [hook.pk for hook in asked.values() if hook.pk]
    kept = Webhook.objects.in_bulk(keys) if keys else {}
    for place, hook in asked.items():
        before = kept.get(hook.pk)
        if before and all(
            getattr(before, name) == getattr(hook, name)
            for name in _WHAT_LEADS[hook.format]
        ):
            continue
        if hook.format == "apprise":
            text = _("[%(place)d].format: only staff may use Apprise.")
            yield text % {"place": place}
        elif hook.format == "email":
            text = _(
                "[%(place)d].url: only staff send mail to others; you are %(mail)r."
            )
            yield text % {"place": place, "mail": user.email}
        else:
            text = _(
                "[%(place)d].chat_id: only staff write to other people's inboxes; you are %(user)r."
            )
            yield text % {"place": place, "user": mine[1]}


def _is_own_mail(url: str, user: Any) -> bool:
    own = str(user.email).casefold()
    return bool(own) and [each.casefold() for each in addresses_of(url)] == [own]


def _refuse(problems: Iterator[str]) -> None:
    if found := list(problems):
        raise ValidationError({"webhooks": found})
