"""API tokens: one's own for those whose groups say so, everybody's for superusers.

A token is named by its first characters. Its key in the database is its digest, which no page
and no address shows; hence there is no page of one token, and no box to select several.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from pages.admin.parts import status_cell, when_cell
from pages.tokens import MAX_DAYS, has_expired, make_token, name_of

admin.site.unregister(AuthToken)

_PAGES = ("knox_authtoken_changelist", "knox_authtoken_add", "knox_authtoken_delete")


class TokenForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable at run time
    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("What it is for, such as the program that will use it."),
    )
    days = forms.IntegerField(
        label=_("Valid for (days)"),
        min_value=1,
        max_value=MAX_DAYS,
        initial=365,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=format_lazy(
            _("1 to {days}. Afterwards the API refuses it."), days=MAX_DAYS
        ),
    )

    class Meta:
        model = AuthToken
        fields = ("user",)

    def clean_user(self) -> Any:
        user = self.cleaned_data["user"]
        if not user.is_active:
            raise forms.ValidationError(
                _("%(user)s is not active: a token of theirs would be refused."),
                params={"user": user},
            )
        return user


@admin.register(AuthToken)
class TokenAdmin(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    form = TokenForm
    list_display = ("name", "beginning", "user", "made", "ends", "state", "revoke")
    list_display_links = None
    list_select_related = ("user", "named")
    search_fields = ("named__name", "token_key", "user__username")
    ordering = ("-created",)
    autocomplete_fields = ("user",)
    actions = None

    class Media:
        css = {"all": ("backbeat/people.css",)}

    def get_urls(self) -> list[URLPattern]:
        return [each for each in super().get_urls() if each.name in _PAGES]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuthToken]:
        rows: QuerySet[AuthToken] = super().get_queryset(request)
        return rows if _sees_all(request) else rows.filter(user=request.user)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        return self.get_queryset(request).filter(token_key=object_id).first()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("user", "name", "days") if _sees_all(request) else ("name", "days")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"user": request.user.pk}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        titled = {"title": _("API tokens")} | (extra_context or {})
        return super().changelist_view(request, titled)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> Any:
        titled = {"title": _("New API token")} | (extra_context or {})
        only_save = {
            "show_save_and_continue": False,
            "show_save_and_add_another": False,
        }
        return super().add_view(request, form_url, titled | only_save)

    def save_model(
        self,
        request: HttpRequest,
        obj: Any,
        form: Any,
        change: bool,  # noqa: FBT001 -- Django's signature
    ) -> None:
        owner: Any = obj.user if _sees_all(request) else request.user
        given = form.cleaned_data
        stored, obj.told_once = make_token(owner, given["days"], given["name"])
        for name in ("digest", "token_key", "user", "created", "expiry"):
            setattr(obj, name, getattr(stored, name))

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Answer with the token itself: a redirect would have to keep it somewhere."""
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": _("New API token"),
            "token": obj,
        }
        return TemplateResponse(request, "admin/knox/authtoken/made.html", context)

    def render_delete_form(self, request: HttpRequest, context: Any) -> Any:
        """Not as `object`, from whose key unfold's title would make a link."""
        named = {"token": context.pop("object"), "title": _("Revoke")}
        return super().render_delete_form(request, context | named)

    @admin.display(description=_("name"), ordering="named__name")
    def name(self, token: Any) -> str:
        return name_of(token) or "–"

    @admin.display(description=_("token"), ordering="token_key")
    def beginning(self, token: Any) -> str:
        return f"{token.token_key}…"

    @admin.display(description=_("created"), ordering="created")
    def made(self, token: Any) -> SafeString:
        return when_cell(token.created)

    @admin.display(description=_("expires"), ordering="expiry")
    def ends(self, token: Any) -> SafeString | str:
        return when_cell(token.expiry) if token.expiry else gettext("never")

    @admin.display(description=_("state"))
    def state(self, token: Any) -> SafeString:
        if has_expired(token):
            return status_cell("cancelled", gettext("Expired"))
        return status_cell("completed", gettext("Valid"))

    @admin.display(description="")
    def revoke(self, token: Any) -> SafeString:
        return render_to_string("admin/knox/authtoken/revoke.html", {"token": token})


def _sees_all(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)
