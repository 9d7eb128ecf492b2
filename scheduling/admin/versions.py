"""The versions of a task or an agent: their list, one of them, two compared, back to one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from pages.people import names_of
from pages.templatetags.pages import at
from scheduling import services
from scheduling.exceptions import Conflict
from scheduling.models import Agent, Dependency, ScheduledTask, TaskWebhook, Version
from scheduling.versions import Change

PAGE = 50
_PEOPLE = ("owner", "target_user_id")
Thing = ScheduledTask | Agent


@dataclass(frozen=True, slots=True)
class Shown:
    """A change, or a field of one version, in words."""

    change: Change
    before: str
    after: str


class VersionPages(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """The part of the admins of tasks and agents that looks at their versions."""

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, f"scheduling_{self.opts.model_name}"
        whole, one = "<path:object_id>/versions/", "<path:object_id>/versions/<int:number>/"  # fmt: skip
        own = [
            path(whole, view(self.versions_view), name=f"{name}_versions"),
            path(f"{whole}compare/", view(self.compare_view), name=f"{name}_compare"),
            path(one, view(self.version_view), name=f"{name}_version"),
            path(f"{one}revert/", view(self.revert_view), name=f"{name}_revert"),
        ]
        return own + list(super().get_urls())

    def versions_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """All versions, newest first; two of them are chosen to be compared."""
        thing = self._thing(request, object_id)
        rows = services.list_versions(_kind(thing), thing.pk)
        page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
        first, second = [*(each.number for each in page), None, None][:2]
        context = {
            "page": page,
            "rows": [(each, _changed_in_words(each)) for each in page],
            "newer": first,
            "older": second or first,
        }
        title = _("Versions of “%(name)s”") % {"name": thing}
        return self._page(request, thing, "list", title, context)

    def version_view(
        self, request: HttpRequest, object_id: str, number: int
    ) -> HttpResponse:
        """One version: what it changed, what it holds, and the way back to it."""
        thing = self._thing(request, object_id)
        version = _version(thing, number)
        before = services.list_versions(version.kind, version.ref).filter(
            number__lt=number
        )
        context: dict[str, Any] = {"version": version, "before": before.first()}
        try:
            context["fields"] = _held(version)
            if context["before"]:
                context |= _changes(context["before"], version)
        except Conflict as error:
            context["refused"] = str(error)
        title = _("Version %(number)d of “%(name)s”")
        title = title % {"number": number, "name": thing}
        return self._page(request, thing, "version", title, context)

    def compare_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What differs between `from` and `to`, the older one first."""
        thing = self._thing(request, object_id)
        numbers = sorted(_number(request, name) for name in ("from", "to"))
        if not numbers[0]:
            messages.warning(request, _("Choose two versions to compare."))
            page = f"admin:scheduling_{self.opts.model_name}_versions"
            return redirect(page, quote(thing.pk))
        before, after = (_version(thing, number) for number in numbers)
        context: dict[str, Any] = {"before": before, "version": after}
        try:
            context |= _changes(before, after)
        except Conflict as error:
            context["refused"] = str(error)
        title = _("Versions %(before)d and %(after)d of “%(name)s”") % {
            "before": before.number,
            "after": after.number,
            "name": thing,
        }
        return self._page(request, thing, "compare", title, context)

    def revert_view(
        self, request: HttpRequest, object_id: str, number: int
    ) -> HttpResponse:
        """Say what would change and ask (GET); set it back and show the thing (POST)."""
        thing = self._thing(request, object_id)
        if not self.has_change_permission(request, thing):
            raise PermissionDenied
        version = _version(thing, number)
        context: dict[str, Any] = {"version": version, "refusals": []}
        if request.method == "POST":
            try:
                return self._revert(request, thing, version)
            except (ValidationError, Conflict) as error:
                context["refusals"] = _refusals(version.kind, error)
                thing = self._thing(request, object_id)  # as it is stored
        latest = services.list_versions(version.kind, version.ref)[0]
        try:
            context |= _changes(latest, version)
        except Conflict as error:
            context["refused"] = str(error)
        title = _("Set “%(name)s” back to version %(number)d?")
        title = title % {"name": thing, "number": number}
        status = 409 if context["refusals"] else 200
        return self._page(request, thing, "revert", title, context, status=status)

    def _revert(
        self, request: HttpRequest, thing: Thing, version: Version
    ) -> HttpResponse:
        if isinstance(thing, Agent):
            services.revert_agent(thing, version, user=request.user)
        else:
            services.revert_task(thing, version, user=request.user)
        note = _("Set back to version %(number)d.") % {"number": version.number}
        self.log_change(request, thing, note)
        messages.success(request, note)
        page = f"admin:scheduling_{self.opts.model_name}_change"
        return redirect(page, quote(thing.pk))

    def _thing(self, request: HttpRequest, object_id: str) -> Thing:
        """What a URL names: 404 when there is none, refused to who may not look at it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        thing = self.get_object(request, unquote(object_id))
        if thing is None:
            raise Http404(_("There is no such thing (any more)."))
        return cast("Thing", thing)

    def _page(
        self,
        request: HttpRequest,
        thing: Thing,
        name: str,
        title: str,
        context: dict[str, Any],
        *,
        status: int = 200,
    ) -> HttpResponse:
        place = f"admin:scheduling_{self.opts.model_name}_"
        whole = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "original": thing,
            "key": quote(thing.pk),
            "may_change": self.has_change_permission(request, thing),
            **{f"{each}_page": place + each for each in ("versions", "version", "compare", "revert", "change")},
            **context,
        }  # fmt: skip
        template = f"scheduling/version/{name}.html"
        return TemplateResponse(request, template, whole, status=status)


def _kind(thing: Thing) -> str:
    return Version.Kind.AGENT if isinstance(thing, Agent) else Version.Kind.TASK


def _version(thing: Thing, number: int) -> Version:
    versions = services.list_versions(_kind(thing), thing.pk)
    return get_object_or_404(versions, number=number)


def _number(request: HttpRequest, name: str) -> int:
    """The number that was chosen; 0 when none was."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _refusals(kind: str, error: ValidationError | Conflict) -> list[str]:
    if isinstance(error, Conflict):
        return [str(error)]
    if not hasattr(error, "error_dict"):
        return list(error.messages)
    return [
        f"{services.label_of(kind, field)}: {message}"
        for field, found in error.message_dict.items()
        for message in found
    ]


def _changed_in_words(version: Version) -> str:
    return ", ".join(services.label_of(version.kind, name) for name in version.changed)


def _changes(before: Version, after: Version) -> dict[str, Any]:
    changes = services.compare_versions(before, after)
    people = _people(
        {(each.field, value) for each in changes for value in _plain(each)}
    )
    return {
        "changes": [
            Shown(
                each,
                _words(after.kind, each.field, each.before, people),
                _words(after.kind, each.field, each.after, people),
            )
            for each in changes
        ]
    }


def _held(version: Version) -> list[Shown]:
    """The fields of one version that are not empty."""
    data = services.shown_version(version)
    people = _people({(name, value) for name, value in data.items() if name in _PEOPLE})
    return [
        Shown(
            Change(name, services.label_of(version.kind, name)),
            "",
            _words(version.kind, name, value, people),
        )
        for name, value in data.items()
        if value not in (None, "", [], {})
    ]


def _plain(change: Change) -> tuple[Any, ...]:
    return (change.before, change.after) if change.field in _PEOPLE else ()


def _people(values: set[tuple[str, Any]]) -> dict[str, str]:
    return names_of({str(value) for name, value in values if value})


def _words(kind: str, name: str, value: Any, people: dict[str, str]) -> str:
    """A value as people read it: choices and people by name, times in the reader's zone."""
    if value in (None, "", [], {}):
        return "–"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if name in _PEOPLE:
        known = people.get(str(value))
        return f"{known} ({value})" if known else str(value)
    if name in _IN_WORDS:
        return _IN_WORDS[name](value)
    if name.startswith("webhooks.") and name.count(".") == 1:  # all of it
        return _webhook_in_words(value)
    return _word_of_column(kind, name, value)


def _parents_in_words(value: Any) -> str:
    whens = dict(Dependency.When.choices)
    return "\n".join(f"{each['task_id']}: {whens.get(each['when'])}" for each in value)


def _addresses(value: Any) -> str:
    """Webhooks of the address book by name; the number alone of one that is gone."""
    keys = [value] if isinstance(value, int) else value
    there = services.address_book().only("name", "format").in_bulk(keys)
    return ", ".join(
        f"{there[key]} ({key})" if key in there else str(key) for key in keys
    )


_IN_WORDS: dict[str, Callable[[Any], str]] = {
    "parents": _parents_in_words,
    "webhooks": lambda value: "\n\n".join(map(_webhook_in_words, value)),
    "tags": ", ".join,
    "shared_webhooks": _addresses,
    "alert_webhook": _addresses,
}
"""What is not a column, or more than its value says."""


def _webhook_in_words(webhook: dict[str, Any]) -> str:
    """A line for each field that is set; its secrets are masked already."""
    lines = []
    for name, value in webhook.items():
        if name != "id" and value not in (None, "", [], {}):
            label = services.label_of_webhook(name)
            lines.append(f"{label}: {_webhook_value(name, value)}")
    return "\n".join(lines)


def _webhook_value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if name == "notify_on":
        return str(dict(TaskWebhook.NotifyOn.choices).get(value, value))
    if name == "headers":
        return ", ".join(f"{header} {dots}" for header, dots in value.items())
    is_json = isinstance(value, (dict, list))
    return json.dumps(value, ensure_ascii=False) if is_json else str(value)


def _word_of_column(kind: str, name: str, value: Any) -> str:
    model = Agent if kind == Version.Kind.AGENT else ScheduledTask
    columns = {each.name: each for each in model._meta.concrete_fields}  # noqa: SLF001 -- Django's documented API
    field = columns.get(name)
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.DateTimeField):
        return at(parse_datetime(value))
    if isinstance(value, list) and all(isinstance(each, (str, int)) for each in value):
        return ", ".join(map(str, value))
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, indent=2)
    return str(value)
