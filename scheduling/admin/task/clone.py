"""Cloning: what the form of a paused copy starts from. Nothing is saved before a person says so.

Secrets are carried over by reference: the form of a copied webhook holds a signed mention of its
source, and where its URL or headers are left blank they are taken from there when it is saved.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from notifications.encryption import DecryptionError
from scheduling import services
from scheduling.models import Dependency, EventTrigger, ScheduledTask, TaskWebhook

User = AbstractBaseUser | AnonymousUser
SALT = "scheduling.clone.webhook"


def may_view(user: User) -> bool:
    """Whether `user` may look at tasks, and so may copy one."""
    return bool(getattr(user, "is_staff", False)) and user.has_perm(  # type: ignore[union-attr]
        "scheduling.view_scheduledtask"
    )


def reference_to(webhook: TaskWebhook, user: User) -> str:
    """A signed mention of `webhook` that only `user` can use: the value of `copy_of`."""
    return signing.dumps([str(user.pk), webhook.pk], salt=SALT)


def source_of(signed: str, user: User) -> TaskWebhook | None:
    """The webhook that `signed` mentions, with its secrets.

    None when it was not signed here or for somebody else, when `user` may not (any more) look at
    its task, when it is gone, or when its secrets cannot be read.
    """
    try:
        user_id, webhook_id = signing.loads(signed, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if user_id != str(user.pk) or not may_view(user):
        return None
    try:
        return TaskWebhook.objects.filter(pk=webhook_id).first()
    except DecryptionError:
        return None


def initial_task(source: ScheduledTask, user: User) -> dict[str, Any]:
    """The values that the form of a paused copy of `source` starts with, by field."""
    values: dict[str, Any] = {
        field.name: field.value_from_object(source)
        for field in ScheduledTask._meta.concrete_fields  # noqa: SLF001 -- Django's documented API
        if field.editable
    }
    return values | {
        "id": services.free_id(f"{source.id}-copy"),
        "name": _("%(name)s (copy)") % {"name": source.name[:180]},
        "active": False,
        "owner": user.pk,
        "tags": list(source.tags.all()),
        "shared_webhooks": services.shared_by(source),
    }


def initial_webhooks(source: ScheduledTask, user: User) -> list[dict[str, Any]]:
    """The same for each of its webhooks: what is secret stays behind a reference."""
    shown = [name for name in TaskWebhook.EDITABLE if name not in TaskWebhook.SECRETS]
    return [
        {name: getattr(webhook, name) for name in shown}
        | {"copy_of": reference_to(webhook, user)}
        for webhook in source.webhooks.defer(*TaskWebhook.ENCRYPTED).order_by("pk")
    ]


class TaskCloning(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """The form of a copy: `…/add/?clone=<id>`. Only the page that is asked for by GET is filled
    in; what is sent is an ordinary new task.
    """

    def has_clone_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_view(request.user) and self.has_add_permission(request)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        context = extra_context or {}
        if source := self.cloned(request):
            names = {"name": source.name}
            context |= {"title": _("Copy of %(name)s") % names}
            text = _(
                "Nothing is saved yet: this is a paused copy of “%(name)s”. Secrets of its "
                "webhooks are taken along where their fields stay blank."
            )
            self.message_user(request, text % names)
        return super().add_view(request, form_url, context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        if source := self.cloned(request):
            return initial_task(source, request.user)
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        return initial

    def get_inline_instances(self, request: HttpRequest, obj: Any = None) -> Any:
        inlines = super().get_inline_instances(request, obj)
        if source := self.cloned(request):
            for inline in inlines:
                if inline.model is TaskWebhook:
                    inline.extra = source.webhooks.count()
                if inline.model is Dependency:
                    inline.extra = source.dependencies.count()
                if inline.model is EventTrigger:
                    inline.extra = source.event_triggers.count()
        return inlines

    def get_formset_kwargs(
        self, request: HttpRequest, obj: Any, inline: Any, prefix: str
    ) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_formset_kwargs(
            request, obj, inline, prefix
        )
        source = self.cloned(request)
        if source and inline.model is TaskWebhook:
            kwargs["initial"] = initial_webhooks(source, request.user)
        if source and inline.model is Dependency:
            kwargs["initial"] = list(source.dependencies.values("parent", "when"))
        if source and inline.model is EventTrigger:
            kwargs["initial"] = list(
                source.event_triggers.values(*EventTrigger.EDITABLE)
            )
        return kwargs

    def cloned(self, request: HttpRequest) -> ScheduledTask | None:
        """The task whose copy is asked for. Raises 404 and 403 when there is none to be had."""
        match = request.resolver_match
        name = (match.url_name or "") if match else ""
        task_id = request.GET.get("clone")
        if request.method != "GET" or not task_id or not name.endswith("_add"):
            return None
        if not self.has_clone_permission(request):
            raise PermissionDenied
        source = ScheduledTask.objects.filter(pk=task_id).first()
        if source is None:
            raise Http404(_("There is no task “%(id)s”.") % {"id": task_id})
        return source
