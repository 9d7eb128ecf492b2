"""What triggers a task from outside, to look at, copy and download; with a token when asked for."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from scheduling import services
from scheduling.admin.task.switch import TaskSwitch
from scheduling.admin.task.trigger_keys import MADE
from scheduling.exceptions import Conflict
from scheduling.interop.exports import TOKEN_NAME, base_url, exports_of, token_file
from scheduling.models import ScheduledTask

PAGE = "admin/scheduling/scheduledtask/exports.html"
FILES = {"crontab": ".crontab", "kubernetes": ".yaml"}
"""How the names of the files end that can be downloaded."""


class TaskExports(TaskSwitch):
    """The part of `ScheduledTaskAdmin` that exports tasks to cron servers and Kubernetes."""

    @action(description=_("Export"), icon="ios_share", url_path="exports", permissions=["exports"])  # type: ignore[untyped-decorator]  # fmt: skip
    def exports(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the exports, or one as a file (GET); make a token and show them with it (POST)."""
        task = self.task_at(request, object_id)
        if request.method == "POST":
            return self._with_token(request, task)
        kind = request.GET.get("download", "")
        found = exports_of(task, base_url(request))
        if kind not in FILES or kind in found.refused:
            return self._exports(request, task)
        answer = HttpResponse(getattr(found, kind), "text/plain; charset=utf-8")
        name = f"backbeat-{task.pk}{FILES[kind]}"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    def has_exports_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.has_view_permission(request))

    def _with_token(self, request: HttpRequest, task: ScheduledTask) -> HttpResponse:
        if not request.user.has_perm("scheduling.add_triggerkey"):
            raise PermissionDenied
        try:
            _key, token = services.make_trigger_key(task, name=TOKEN_NAME, user=request.user)  # fmt: skip
        except (Conflict, ValidationError) as error:
            refusal = error.messages[0] if isinstance(error, ValidationError) else str(error)  # fmt: skip
            return self._exports(request, task, refusal=refusal)
        self.log_change(request, task, MADE)
        return self._exports(request, task, token)

    def _exports(
        self, request: HttpRequest, task: ScheduledTask, token: str = "", **more: Any
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Export of “%(name)s”") % {"name": task.name},
            "opts": self.opts,
            "original": task,
            "task": task,
            "exports": exports_of(task, base_url(request), token=token),
            "token": token,
            "token_file": token_file(task),
            **more,
        }
        return TemplateResponse(request, PAGE, context)
