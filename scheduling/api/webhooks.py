"""Webhooks as JSON. Secrets go in and never come out: they are shown masked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Prefetch, prefetch_related_objects
from rest_framework import serializers

from notifications.encryption import DecryptionError, mask_secret, mask_url
from notifications.models import Webhook
from notifications.rule_words import rule_in_words
from notifications.services import MAX_WEBHOOKS
from scheduling.api.fields import ClockField
from scheduling.credentials import origin
from scheduling.models import ScheduledTask, TaskWebhook
from signals.api.strict import (
    CleanJSONField,
    CleanObjectField,
    IdField,
    StrictSerializer,
)

_MOST = 2_147_483_647  # what a column holds
_MASK = mask_secret("short")
_MASKED_PATH = "/…"
UNREADABLE = "(cannot be read)"
"""Shown in the place of a secret whose key is lost."""


class RuleSerializer(StrictSerializer):
    """Which results a webhook wants, and when it wants to hear of them."""

    notify_on = serializers.ChoiceField(Webhook.NotifyOn.choices, required=False)
    first_of_streak = serializers.BooleanField(required=False)
    changed_fields = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False,
        help_text="Paths of the typed output that count as a change; none: all of it.",
    )  # fmt: skip
    condition = serializers.CharField(
        required=False, allow_blank=True, help_text="JMESPath; failures are told anyway."
    )  # fmt: skip
    obeys_silence = serializers.BooleanField(required=False)
    quiet_from = ClockField(required=False, allow_null=True)
    quiet_until = ClockField(required=False, allow_null=True)
    digest_seconds = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=_MOST
    )
    digest_at = ClockField(required=False, allow_null=True)
    timezone = serializers.CharField(required=False, allow_blank=True, max_length=63)


class WebhookSerializer(RuleSerializer):
    """A webhook (CONTRACTS A0). `url`, the values of `headers` and `signing_secret` are shown masked.

    An entry with the `id` of one of the task's webhooks changes that one, and what it leaves
    out or sends back masked stays.
    """

    id = serializers.IntegerField(required=False, allow_null=True)
    name = serializers.CharField(required=False, allow_blank=True, max_length=200)
    url = serializers.CharField(required=False, allow_blank=True, max_length=4000)
    format = serializers.CharField(required=False, max_length=50)
    headers = serializers.DictField(
        child=serializers.CharField(allow_blank=True, trim_whitespace=False),
        required=False,
    )
    body_template = CleanJSONField(required=False, allow_null=True)
    chat_id = IdField(required=False, allow_blank=True, max_length=100)
    options = CleanObjectField(
        required=False, help_text="Of the format: max_messages, …"
    )
    signing_secret = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="whsec_…; blank: none."
    )  # fmt: skip
    previous_secret_until = serializers.DateTimeField(read_only=True, allow_null=True)
    active = serializers.BooleanField(required=False)
    disabled_reason = serializers.CharField(read_only=True)
    failing_since = serializers.DateTimeField(read_only=True, allow_null=True)
    rule_in_words = serializers.SerializerMethodField()

    def get_rule_in_words(self, webhook: Webhook) -> str:
        """The rule on one line, in the language that the client accepts."""
        return rule_in_words(webhook)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        masks = _masked(instance)
        shown: dict[str, Any] = super().to_representation(instance)
        return shown | masks


def load_webhooks(tasks: Sequence[ScheduledTask]) -> None:
    """Fetch the webhooks of `tasks` in one query; in more when a secret cannot be read."""
    try:
        prefetch_related_objects(tasks, "webhooks")
    except DecryptionError:
        one_by_one = TaskWebhook.objects.defer(*TaskWebhook.ENCRYPTED)
        prefetch_related_objects(tasks, Prefetch("webhooks", one_by_one))


def _masked(webhook: Webhook) -> dict[str, Any]:
    """Return the secrets masked; what cannot be read is said so and emptied."""
    try:
        url = webhook.masked_url
    except DecryptionError:
        url, webhook.url = UNREADABLE + _MASKED_PATH, ""
    try:
        headers = {name: mask_secret(text) for name, text in webhook.headers.items()}
    except DecryptionError:
        headers, webhook.headers = {UNREADABLE: _MASK}, {}
    try:
        secret = _MASK if webhook.signing_secret else ""
    except DecryptionError:
        secret, webhook.signing_secret = UNREADABLE, ""
    return {"url": url, "headers": headers, "signing_secret": secret}


def unmask(
    entries: Iterable[Mapping[str, Any]], existing: Iterable[TaskWebhook]
) -> list[dict[str, Any]]:
    """Return `entries` with what they sent back masked replaced by what is kept.

    Raises `ValidationError` for a mask behind which nothing is kept, and when kept header
    values would go to another host than the one they were given for.
    """
    by_id = {webhook.pk: webhook for webhook in existing}
    unmasked: list[dict[str, Any]] = []
    errors: dict[str, list[str]] = {}
    for place, entry in enumerate(entries):
        old = by_id.get(entry.get("id") or 0)
        fields, problem = refilled(entry, old)
        errors |= {f"webhooks[{place}].{key}": [text] for key, text in problem.items()}
        unmasked.append(fields)
    if errors:
        raise ValidationError(errors)
    return unmasked


def refilled(
    entry: Mapping[str, Any], old: Webhook | None
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return an entry without its masks, which stand for what `old` has; and problems by field."""
    fields = dict(entry)
    return fields, _refill(fields, old) or (_leak(fields, old) if old else {})


def posted_urls(data: object) -> list[str]:
    """The URLs that a body names, of one webhook or of a task's, however wrong the rest is."""
    entries = data.get("webhooks", [data]) if isinstance(data, Mapping) else []
    found = [
        entry.get("url")
        for entry in (entries if isinstance(entries, list) else [])[:MAX_WEBHOOKS]
        if isinstance(entry, Mapping)
    ]
    return [url for url in found if isinstance(url, str)]


def with_places(error: ValidationError, entries: Sequence[object]) -> ValidationError:
    """Return `error` with messages such as `[0].url: …` moved under `webhooks[0].url`."""
    if not entries or "webhooks" not in getattr(error, "error_dict", {}):
        return error
    found = error.message_dict
    for message in found.pop("webhooks"):
        place, separator, text = message.partition(": ")
        path = f"webhooks{place}" if separator and place.startswith("[") else "webhooks"
        found.setdefault(path, []).append(text if path != "webhooks" else message)
    return ValidationError(found)


def _refill(fields: dict[str, Any], old: Webhook | None) -> dict[str, str]:
    problems = {}
    url = fields.get("url", "")
    if old is not None and url == mask_url(old.url):
        fields.pop("url", None)
    elif url.endswith(_MASKED_PATH):
        problems["url"] = "This is a mask: give the whole URL, or the webhook's id."
    secret = fields.get("signing_secret", "")
    if secret.startswith((_MASK, UNREADABLE)):
        del fields["signing_secret"]
        if old is None:
            problems |= {"signing_secret": "This is a mask: give the secret itself."}
    if "headers" in fields:
        kept = old.headers if old is not None else {}
        fields["headers"] = {
            name: kept[name]
            if name in kept and value == mask_secret(kept[name])
            else value
            for name, value in fields["headers"].items()
        }
        for name, value in fields["headers"].items():
            if value.startswith(_MASK):
                problems["headers"] = (
                    f"{name!r}: this is a mask; give the value itself."
                )
    return problems


def _leak(fields: Mapping[str, Any], old: Webhook) -> dict[str, str]:
    if "url" not in fields or origin(fields["url"]) == origin(old.url):
        return {}
    kept = set((fields.get("headers", old.headers) or {}).items()) & set(
        old.headers.items()
    )
    if not kept:
        return {}
    names = ", ".join(sorted(name for name, _ in kept))
    return {
        "headers": f"The URL leads to another host now, and {names} was given for the old "
        "one: make it a new webhook (without id), or leave the header out."
    }
