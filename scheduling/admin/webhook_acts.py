"""What is done to a stored webhook by a button: switch it on, replay what it missed, change its secret."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from notifications import services
from notifications.encryption import DecryptionError
from notifications.exceptions import Conflict
from notifications.formatters import FORMATTERS
from notifications.models import Delivery, Webhook
from notifications.selectors import missed_by
from scheduling.admin.webhook_trials import WebhookTrials

SHOWN_DELIVERIES = 5


class WebhookActs(WebhookTrials):
    """Two views that change something, for an admin of webhooks: `switch-on/` and `rotate/`."""

    def may_change(self, request: HttpRequest) -> bool:
        """Whether the reader may change the stored webhook."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        views = [("switch-on", self.switch_on_view), ("rotate", self.rotate_view)]
        stem = f"{self.opts.app_label}_{self.opts.model_name}"
        own: list[URLPattern] = [
            path(
                f"<int:webhook_id>/{name}/",
                self.admin_site.admin_view(require_POST(view)),
                name=f"{stem}_{name.replace('-', '_')}",
            )
            for name, view in views
        ]
        return [*own, *super().get_urls()]

    def switch_on_view(self, request: HttpRequest, webhook_id: int) -> HttpResponse:
        """Use a webhook again that was switched off; with `replay` send what it missed, too."""
        webhook = self._asked_for(request, webhook_id)
        replay = bool(request.POST.get("replay"))
        switched = services.switch_on(webhook, user=request.user, replay=replay)
        switched = services.switch_on(webhook, user=request.user, replay=replay)
        self._say_switched(request, switched)
        return redirect(self._page(), webhook_id)

    def _say_switched(
        self, request: HttpRequest, switched: services.SwitchedOn
    ) -> None:
        if not switched:
            text = _("The webhook was switched on already.")
            self.message_user(request, text, messages.INFO)
            return
        self.message_user(request, _("The webhook is switched on again."))
        if switched.replayed:
            words = ngettext(
                "%(count)d delivery is sent again.",
                "%(count)d deliveries are sent again.",
                switched.replayed,
            )
            self.message_user(request, words % {"count": switched.replayed})

    @sensitive_variables("secret")
    def rotate_view(self, request: HttpRequest, webhook_id: int) -> HttpResponse:
        """Give it a new signing secret, and show that this once; the old one signs on for a while."""
        webhook = self._asked_for(request, webhook_id)
        try:
            secret = services.rotate_secret(webhook, user=request.user)
        except (Conflict, DecryptionError) as error:
            self.message_user(request, str(error), messages.ERROR)
            return redirect(self._page(), webhook_id)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("A new signing secret"),
            "webhook": webhook,
            "secret": secret,
            "back": self._page(),
        }
        answer = TemplateResponse(request, "scheduling/webhook/rotated.html", context)
        answer["Cache-Control"] = "no-store"
        return answer

    def acts_context(self, request: HttpRequest, webhook: Webhook) -> dict[str, Any]:
        """What the buttons and the last deliveries on its page need."""
        deliveries = Delivery.objects.filter(webhook=webhook).defer("payload")
        return {
            "webhook": webhook,
            "may_switch": self.may_change(request),
            "may_test": self.may_test(request),
            "signs": webhook.format in FORMATTERS and FORMATTERS[webhook.format].signs,
            "missed": 0 if webhook.active else missed_by(webhook).count(),
            "last_deliveries": deliveries.order_by("-created_at")[:SHOWN_DELIVERIES],
            **{
                f"{name}_page": f"{self._page('')}{name}"
                for name in ("switch_on", "rotate", "preview", "test")
            },
        }

    def _asked_for(self, request: HttpRequest, webhook_id: int) -> Any:
        if not self.may_change(request):
            raise PermissionDenied
        return get_object_or_404(self.trial_rows(), pk=webhook_id)

    def _page(self, name: str = "change") -> str:
        return f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}"
