"""What agents and tasks remember: the list, a page with an editor, older versions and back."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Length
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextareaWidget

from pages.admin.parts import when_cell
from scheduling import services
from scheduling.exceptions import Conflict
from scheduling.models import Agent, Memory, MemoryVersion, Run, ScheduledTask
from scheduling.versions import line_diff

PAGE = 20
Thing = Agent | ScheduledTask
THINGS: tuple[type[Thing], ...] = (ScheduledTask, Agent)


class MemoryForm(forms.Form):
    """What it is to remember; `seen` is the version that stood in the editor at first."""

    content = forms.CharField(
        label=_("Memory"), required=False, strip=False,
        widget=UnfoldAdminTextareaWidget({"rows": 18, "class": "bb-json"}),
    )  # fmt: skip
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def __init__(self, *args: Any, may_change: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        text = gettext("At most %(most)d characters; empty: nothing. What runs write, replaces it.")  # fmt: skip
        self.fields["content"].help_text = text % {
            "most": settings.SCHEDULING.memory_chars
        }
        self.fields["content"].widget.attrs["readonly"] = not may_change


@admin.register(Memory)
class MemoryAdmin(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    list_display = ("whose", "size", "version", "changed", "writer")
    list_per_page = 50
    list_disable_select_all = True
    sortable_by = ()
    search_fields = ("task__name", "task__id", "agent__name", "agent__id")
    search_help_text = _("A task's or an agent's name or id")
    show_full_result_count = False
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Memory]:
        rows: QuerySet[Memory] = super().get_queryset(request)
        last = MemoryVersion.objects.filter(memory=OuterRef("pk")).order_by("-number")
        return (
            rows.filter(version__gt=0)
            .select_related("task", "agent")
            .annotate(
                chars=Length("content"),
                last_by=Subquery(last.values("by__username")[:1]),
                last_run=Subquery(last.values("run_id")[:1]),
            )
            .defer("content")
        )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # an empty text forgets

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("scheduling.edit_memory"))

    @admin.display(description=_("Whose"))
    def whose(self, memory: Memory) -> str:
        if memory.task is not None:
            return gettext("Task “%(name)s”") % {"name": memory.task}
        return gettext("Agent “%(name)s”") % {"name": memory.agent}

    @admin.display(description=_("Characters"))
    def size(self, memory: Any) -> int:
        return int(memory.chars)

    @admin.display(description=_("Last change"))
    def changed(self, memory: Memory) -> SafeString:
        return when_cell(memory.updated_at)

    @admin.display(description=_("By"))
    def writer(self, memory: Any) -> SafeString:
        context = {"name": memory.last_by, "run_id": memory.last_run}
        return render_to_string("scheduling/memory/by.html", context)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path(
                f"{model._meta.model_name}/<path:object_id>/",  # noqa: SLF001 -- Django's documented API
                view(self._view_of(model)),
                name=f"scheduling_memory_{model._meta.model_name}",  # noqa: SLF001 -- as above
            )
            for model in THINGS
        ]
        one = path(
            "<int:object_id>/versions/<int:number>/",
            view(self.version_view),
            name="scheduling_memory_version",
        )
        return [*own, one, *super().get_urls()]

    def _view_of(self, model: type[Thing]) -> Any:
        def of_thing(request: HttpRequest, object_id: str) -> HttpResponse:
            self._require_view(request)
            thing: Any = get_object_or_404(model, pk=unquote(object_id))
            return self._edit(request, thing)

        return of_thing

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The same page as that of its task or agent."""
        self._require_view(request)
        memory: Any = self.get_object(request, unquote(object_id))
        if memory is None:
            raise Http404(gettext("There is no such thing (any more)."))
        return self._edit(request, memory.task or memory.agent)

    def _require_view(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _edit(self, request: HttpRequest, thing: Thing) -> HttpResponse:
        """Show it with its versions (GET); write it (POST)."""
        memory = services.memory_of(thing)
        may_change = self.has_change_permission(request)
        status = 200
        if request.method == "POST":
            if not may_change:
                raise PermissionDenied
            form = MemoryForm(request.POST, may_change=may_change)
            if form.is_valid() and self._save(request, thing, form):
                return redirect(_page_of(thing), quote(thing.pk))
            status = 409 if form.non_field_errors() else 200
        else:
            seen = {"content": memory.content, "seen": memory.version}
            form = MemoryForm(may_change=may_change, initial=seen)
        versions = services.memory_versions(thing).annotate(chars=Length("content")).defer("content")  # fmt: skip
        page = Paginator(versions, PAGE).get_page(request.GET.get("page"))
        title = gettext("What “%(name)s” remembers") % {"name": thing}
        context = {"form": form, "page": page, "runs": _known(page), "title": title}
        return self._shown(request, memory, thing, "page", context, status=status)

    def _save(self, request: HttpRequest, thing: Thing, form: MemoryForm) -> bool:
        given = form.cleaned_data
        try:
            memory = services.save_memory(
                thing, given["content"], user=request.user, seen=given["seen"]
            )
        except ValidationError as error:
            form.add_error(None, ValidationError(error.message_dict["content"]))
        except Conflict as error:
            form.add_error(None, str(error))
        else:
            self._tell(request, memory)
            return True
        return False

    def version_view(
        self, request: HttpRequest, object_id: int, number: int
    ) -> HttpResponse:
        """One version and what it changed (GET); back to it (POST)."""
        self._require_view(request)
        memory = get_object_or_404(Memory.objects.select_related("task", "agent"), pk=object_id)  # fmt: skip
        thing: Any = memory.task or memory.agent
        versions = services.memory_versions(thing)
        version = get_object_or_404(versions, number=number)
        if request.method == "POST":
            if not self.has_change_permission(request):
                raise PermissionDenied
            return self._revert(request, thing, version)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "POST"])
        before = versions.filter(number__lt=number).first()
        lines = line_diff(before.content if before else "", version.content)
        title = gettext("Version %(number)d of what “%(name)s” remembers")
        context = {
            "version": version,
            "changes": [{"change": {"label": gettext("Memory"), "lines": lines}}],
            "runs": _known([version]),
            "title": title % {"number": number, "name": thing},
        }
        return self._shown(request, memory, thing, "version", context)

    def _revert(
        self, request: HttpRequest, thing: Thing, version: MemoryVersion
    ) -> HttpResponse:
        try:
            memory = services.revert_memory(thing, version, user=request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            self._tell(request, memory)
        return redirect(_page_of(thing), quote(thing.pk))

    def _tell(self, request: HttpRequest, memory: Memory) -> None:
        note = gettext("Remembered as version %(number)d.") % {"number": memory.version}
        self.log_change(request, memory, note)
        messages.success(request, note)

    def _shown(
        self,
        request: HttpRequest,
        memory: Memory,
        thing: Thing,
        name: str,
        context: dict[str, Any],
        *,
        status: int = 200,
    ) -> HttpResponse:
        whole = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": memory,
            "memory": memory,
            "thing": thing,
            "whole_page": _page_of(thing),
            "thing_page": f"admin:scheduling_{thing._meta.model_name}_change",  # noqa: SLF001 -- Django's documented API
            "may_change": self.has_change_permission(request),
            **context,
        }
        template = f"scheduling/memory/{name}.html"
        return TemplateResponse(request, template, whole, status=status)


def _page_of(thing: Thing) -> str:
    return f"admin:scheduling_memory_{thing._meta.model_name}"  # noqa: SLF001 -- Django's documented API


def _known(versions: Iterable[MemoryVersion]) -> set[uuid.UUID]:
    """Those of the runs that wrote these which are still there to be looked at."""
    ids = {each.run_id for each in versions if each.run_id}
    return set(Run.objects.filter(id__in=ids).values_list("id", flat=True))
