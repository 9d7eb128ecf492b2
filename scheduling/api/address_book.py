"""`/v2/admin/webhooks/`: the address book, whose webhooks many tasks may use; for staff."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from notifications import preview
from notifications import services as webhook_services
from notifications.exceptions import Conflict
from notifications.formatters import FormatterError
from notifications.models import Webhook
from notifications.ssrf import looked_up
from scheduling import services
from scheduling.api.preconditions import Tagged
from scheduling.api.webhook_previews import (
    PreviewedSerializer,
    PreviewSettingsSerializer,
    RunToPreviewSerializer,
    previewed,
)
from scheduling.api.webhooks import WebhookSerializer, posted_urls, refilled
from scheduling.models import ScheduledTask
from signals.api.permissions import StaffOnly
from signals.api.strict import StrictSerializer


class AddressSerializer(WebhookSerializer):
    """A webhook of the address book, and the tasks that report to it."""

    id = serializers.IntegerField(read_only=True)
    for_alerts = serializers.BooleanField(
        required=False, help_text="The incidents of the installation are told here."
    )  # fmt: skip
    tasks = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def get_tasks(self, webhook: Webhook) -> list[str]:
        """The ids of the tasks that report to it."""
        return [task.pk for task in webhook.tasks.all()]


class SwitchOnSerializer(StrictSerializer):
    """Whether what it missed is delivered, too."""

    replay = serializers.BooleanField(default=False)


class SwitchedOnSerializer(StrictSerializer):
    """What came of it."""

    switched = serializers.BooleanField(help_text="False: it was on already.")
    replayed = serializers.IntegerField()


class TestSerializer(StrictSerializer):
    """What came of a test message."""

    arrived = serializers.BooleanField()
    status = serializers.IntegerField(allow_null=True)
    answer = serializers.CharField()
    reason = serializers.CharField()
    in_doubt = serializers.BooleanField()
    duration_ms = serializers.IntegerField()


class SecretSerializer(StrictSerializer):
    """A new signing secret; it is told this once."""

    signing_secret = serializers.CharField()
    previous_secret_until = serializers.DateTimeField(allow_null=True)


@extend_schema(tags=["webhooks"])
class AddressBookViewSet(
    Tagged,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Webhook],
):
    """Webhooks that belong to no task; a task names them as `shared_webhooks`."""

    queryset = Webhook.objects.none()
    serializer_class = AddressSerializer
    permission_classes = [IsAuthenticated, StaffOnly]
    verbs = {"test": ("test",), "preview": ("view",), "preview_unsaved": ("view",)}

    edited_by = ("updated_at",)

    #: What may be done with the webhook of a task here, too; its task says what it is.
    OF_ALL = ("test", "preview", "switch_on", "rotate_secret")

    def get_queryset(self) -> QuerySet[Webhook]:
        if self.action in self.OF_ALL:
            return Webhook.objects.defer(*Webhook.ENCRYPTED)
        tasks = Prefetch("tasks", ScheduledTask.objects.only("id").order_by("id"))
        rows: QuerySet[Webhook] = services.address_book().prefetch_related(tasks)
        return rows.order_by("name", "id")

    def create(self, request: Request) -> Response:
        """Add a webhook to the address book."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields, problems = refilled(serializer.validated_data, None)
        if problems:
            raise ValidationError(problems)
        webhook = Webhook(**fields)
        webhook.full_clean()
        webhook.save()
        answer = self._shown(webhook, status=201)
        answer["Location"] = f"{request.path.rstrip('/')}/{webhook.pk}/"
        return answer

    def update(self, request: Request, pk: str) -> Response:
        """Change it. What is left out or sent back masked stays."""
        return self._change(request, partial=False)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is given."""
        return self._change(request, partial=True)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete it; the tasks that use it report there no more. Its deliveries stay."""
        with transaction.atomic():
            webhook = self._locked()
            self.require_match(webhook)
            services.delete_shared(webhook, user=request.user)
        return Response(status=204)

    @extend_schema(request=None, responses=TestSerializer)
    def test(self, request: Request, pk: str) -> Response:
        """Send one message that says it is a test."""
        try:
            result = preview.send_test(self.get_object())
        except FormatterError as error:
            raise Conflict(str(error)) from error
        return Response(TestSerializer(result).data)

    @extend_schema(request=RunToPreviewSerializer, responses=PreviewedSerializer)
    def preview(self, request: Request, pk: str) -> Response:
        """What it would send for a run, or for a sample, and what its rule says."""
        webhook = self.get_object()
        asked = self._read(RunToPreviewSerializer)
        return Response(previewed(webhook, asked.get("run_id")))

    @extend_schema(
        operation_id="preview_new_webhook",
        request=PreviewSettingsSerializer,
        responses=PreviewedSerializer,
    )
    def preview_unsaved(self, request: Request) -> Response:
        """The same for settings that are not saved."""
        asked = self._read(PreviewSettingsSerializer)
        run = asked.pop("run_id", None)
        return Response(previewed(Webhook(**asked), run))

    @extend_schema(request=SwitchOnSerializer, responses=SwitchedOnSerializer)
    def switch_on(self, request: Request, pk: str) -> Response:
        """Use it again that was switched off; with `replay` what it missed is delivered, too."""
        asked = self._read(SwitchOnSerializer)
        done = webhook_services.switch_on(
            self.get_object(), user=request.user, replay=asked["replay"]
        )
        return Response(SwitchedOnSerializer(done).data)

    @extend_schema(request=None, responses=SecretSerializer)
    def rotate_secret(self, request: Request, pk: str) -> Response:
        """Give it a new signing secret, told this once; the old one signs beside it for a day."""
        webhook = self.get_object()
        secret = webhook_services.rotate_secret(webhook, user=request.user)
        told = {
            "signing_secret": secret,
            "previous_secret_until": webhook.previous_secret_until,
        }
        return Response(SecretSerializer(told).data, headers={"Cache-Control": "no-store"})  # fmt: skip

    def _read(self, kind: type[StrictSerializer]) -> dict[str, Any]:
        serializer = kind(data=self.request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def _change(self, request: Request, *, partial: bool) -> Response:
        with looked_up(posted_urls(request.data)), transaction.atomic():
            webhook = self._locked()
            self.require_match(webhook)
            serializer = self.get_serializer(
                webhook, data=request.data, partial=partial
            )
            serializer.is_valid(raise_exception=True)
            fields, problems = refilled(serializer.validated_data, webhook)
            if problems:
                raise ValidationError(problems)
            webhook.keeps_url = "url" not in fields
            was_on = webhook.active
            for name, value in fields.items():
                setattr(webhook, name, value)
            webhook.full_clean()
            if webhook.active and not was_on:
                webhook_services.switch_on(webhook, user=request.user)
                webhook.failing_since = None
            webhook.save()
        return self._shown(webhook)

    def _locked(self) -> Webhook:
        """Two edits at once must not undo each other's fields."""
        key = self.get_object().pk
        return Webhook.objects.select_for_update().get(pk=key)

    def _shown(self, webhook: Webhook, *, status: int = 200) -> Response:
        fresh = self.get_queryset().get(pk=webhook.pk)
        return Response(self.get_serializer(fresh).data, status=status)
