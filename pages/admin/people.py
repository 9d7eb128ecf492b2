"""Users and groups: who may sign in, and what they may do."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.forms import (
    AdminPasswordChangeForm,
    UnfoldReadOnlyPasswordHashWidget,
    UserChangeForm,
    UserCreationForm,
)
from unfold.widgets import UnfoldAdminSelect2MultipleWidget

from pages.admin.parts import when_cell

admin.site.unregister(User)
admin.site.unregister(Group)
apps.get_app_config("auth").verbose_name = _("People")

RANK = ("is_staff", "is_superuser", "groups", "user_permissions")
"""What makes a user more than another; for superusers to give."""


class _SearchedChoices:
    """Several of many are chosen by typing, each with a cross to take it away."""

    def formfield_for_manytomany(
        self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any
    ) -> Any:
        widget = UnfoldAdminSelect2MultipleWidget()
        searched = widget.attrs["class"]  # unfold puts its plain box's class there
        parent: Any = super()
        field = parent.formfield_for_manytomany(
            db_field, request, **kwargs, widget=widget
        )
        field.widget.attrs["class"] = searched
        field.help_text = ""  # it tells of Control keys
        return field


class _PasswordWidget(UnfoldReadOnlyPasswordHashWidget):  # type: ignore[misc] # unfold ships no types
    """Says whether there is a password, and not how it is kept."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        if len(context["summary"]) > 1:  # of the parts of a hash; else it is a sentence
            context["summary"] = [{"label": _("A password is set.")}]
        return context


class UserForm(UserChangeForm):  # type: ignore[misc] # unfold ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if password := self.fields.get("password"):
            password.widget = _PasswordWidget()
            password.help_text = render_to_string("admin/auth/user/password_help.html")


class NewUserForm(UserCreationForm):  # type: ignore[misc] # unfold ships no types
    usable_password = None  # there is no other way to sign in


@admin.register(User)
class UserAdmin(_SearchedChoices, DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg,misc] # unfold ships no types
    form = UserForm
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "full_name", "email", "in_groups", "is_staff", "is_active", "signed_in")  # fmt: skip
    list_filter = ("is_staff", "is_superuser", "is_active", "groups")
    list_filter_submit = True
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()  # wider than a page
    add_fieldsets = ((None, {"fields": ("username", "password1", "password2")}),)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Personal info"), {"fields": ("first_name", "last_name", "email")}),
        (
            _("Permissions"),
            {
                "fields": ("is_active", "is_staff", "is_superuser", "groups"),
                "description": _(
                    "Everybody who is active reads their own inbox. Staff also sign in "
                    "here, and do what their groups say: viewers look; operators also "
                    "run, pause and replay; editors also change agents, tasks and "
                    "webhooks. Staff in no group can do nothing here. Superusers may do "
                    "everything."
                ),
            },
        ),
        (
            _("Single permissions"),
            {
                "classes": ("collapse",),
                "fields": ("user_permissions",),
                "description": _(
                    "What this user may do beside what the groups say. Groups are "
                    "easier to keep in order."
                ),
            },
        ),
        (_("Important dates"), {"fields": ("last_login", "date_joined")}),
    )

    class Media:
        css = {"all": ("backbeat/people.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_readonly_fields(
        self, request: HttpRequest, obj: User | None = None
    ) -> tuple[str, ...]:
        fields = tuple(super().get_readonly_fields(request, obj))
        return fields if _is_superuser(request) else (*fields, *RANK)

    def has_change_permission(
        self, request: HttpRequest, obj: User | None = None
    ) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and not (obj and _may_more(obj, request.user))

    def has_delete_permission(
        self, request: HttpRequest, obj: User | None = None
    ) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return allowed and not (obj and _may_more(obj, request.user))

    @admin.display(description=_("name"), ordering="last_name")
    def full_name(self, user: User) -> str:
        return user.get_full_name() or "–"

    @admin.display(description=_("groups"))
    def in_groups(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all()) or "–"

    @admin.display(description=_("last login"), ordering="last_login")
    def signed_in(self, user: User) -> Any:
        return when_cell(user.last_login)


@admin.register(Group)
class GroupAdmin(_SearchedChoices, DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc] # unfold ships no types
    list_display = ("name", "members")
    filter_horizontal = ()  # wider than a page

    class Media:
        css = {"all": ("backbeat/people.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).annotate(members=Count("user"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Who fills a group gives rights that they may not have themselves."""
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)

    @admin.display(description=_("members"), ordering="members")
    def members(self, group: Any) -> int:
        return int(group.members)


def _is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


def _may_more(other: User, user: Any) -> bool:
    """Whether `other` may, when active, do something that `user` may not.

    Else who may change a password could sign in as somebody greater.
    """
    if user.is_superuser:
        return False
    granted = Permission.objects.filter(Q(user=other) | Q(group__user=other))
    names = granted.values_list("content_type__app_label", "codename")
    return other.is_superuser or not all(
        user.has_perm(f"{app}.{codename}") for app, codename in names
    )
