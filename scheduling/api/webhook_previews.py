"""What a webhook would send, in the API: nothing of it is sent or stored."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers

from notifications.encryption import DecryptionError
from notifications.formatters import FORMATTERS, FormatterError
from notifications.models import Webhook
from notifications.rule_checks import rule_errors
from scheduling.api.webhooks import WebhookSerializer
from scheduling.channels import bodies_of, reason_of, result_to_preview
from scheduling.models import Run
from signals.api.strict import StrictSerializer

TOLD = (Run.Status.SUCCEEDED, Run.Status.FAILED)


class RunToPreviewSerializer(StrictSerializer):
    """Of which run; without one it is a sample."""

    run_id = serializers.UUIDField(required=False, allow_null=True)

    def validate_run_id(self, value: Any) -> Any:
        if value is None:
            return None
        user = self.context["request"].user
        if not user.has_perm("scheduling.view_run"):
            raise serializers.ValidationError(
                "You need the permission scheduling.view_run to preview a run."
            )
        run = Run.objects.filter(id=value, status__in=TOLD).first()
        if run is None:
            raise serializers.ValidationError(
                f"There is no run {str(value)!r} that succeeded or failed."
            )
        return run


class PreviewSettingsSerializer(WebhookSerializer, RunToPreviewSerializer):
    """Settings of a webhook that need not be there, and the run."""

    id = None  # type: ignore[assignment] # it is none yet

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        # A rule that could not be saved would be judged as if it were one.
        fields = {name: value for name, value in attrs.items() if name != "run_id"}
        webhook = Webhook(**fields)
        formatter = FORMATTERS.get(webhook.format)
        if formatter and (errors := rule_errors(webhook, formatter)):
            raise serializers.ValidationError(errors)
        return attrs


class SizesSerializer(StrictSerializer):
    """How large the messages are, beside what the channel takes; 0: it names no limit."""

    messages = serializers.IntegerField()
    text = serializers.IntegerField(help_text="UTF-16 units of the longest text.")
    most_text = serializers.IntegerField()
    body = serializers.IntegerField(help_text="Bytes of the largest body.")
    most_body = serializers.IntegerField()


class VerdictSerializer(StrictSerializer):
    """What the webhook's rule says to this run."""

    tells = serializers.BooleanField()
    why = serializers.CharField(allow_null=True)
    reason = serializers.CharField()


class PreviewedSerializer(StrictSerializer):
    """The bodies in the order in which they would be sent."""

    messages = serializers.ListField(child=serializers.DictField())
    sizes = SizesSerializer()
    verdict = VerdictSerializer(allow_null=True)


def previewed(webhook: Webhook, run: Run | None) -> dict[str, Any]:
    """What `webhook` would send for `run`. Raises `ValidationError` at the setting that is wrong."""
    if webhook.format not in FORMATTERS:
        known = ", ".join(FORMATTERS)
        message = f"{webhook.format!r} is no format: choose one of {known}."
        raise ValidationError({"format": message})
    result = result_to_preview(run) if run else None
    try:
        bodies, sizes, verdict = bodies_of(webhook, result)
    except FormatterError as error:
        field = error.field.partition(".")[0]
        known_field = field if field in Webhook.EDITABLE else "format"
        raise ValidationError({known_field: str(error.message)}) from error
    except DecryptionError as error:
        raise ValidationError({"url": str(error)}) from error
    said = verdict and {
        "tells": verdict.tells,
        "why": verdict.why and str(verdict.why),
        "reason": reason_of(verdict),
    }
    return {"messages": bodies, "sizes": asdict(sizes), "verdict": said}
