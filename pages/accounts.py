"""Sign in, sign out, password, and how a person wants to see times."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, PasswordChangeView, redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from pages.middleware import ZONE_COOKIE, known_zones

_A_YEAR_SECONDS = 31_536_000
_REGIONS = frozenset(
    "Africa America Antarctica Arctic Asia Atlantic Australia Europe Indian Pacific".split()  # noqa: SIM905 -- one line of words
)


def _zones() -> list[tuple[Any, Any]]:
    """Choices of zones by region; without the aliases that are kept for old programs."""
    names = sorted(name for name in known_zones() if name.split("/")[0] in _REGIONS)
    regions = groupby(names, key=lambda name: name.split("/")[0])
    return [
        ("", _("As my browser says")),
        ("UTC", "UTC"),
        *(
            (region, [(name, name.replace("_", " ")) for name in of_region])
            for region, of_region in regions
        ),
    ]


class ZoneForm(forms.Form):
    """In which zone times are shown to this browser; none: in the browser's own."""

    timezone = forms.ChoiceField(
        label=_("Show times in"),
        choices=_zones,
        required=False,
        error_messages={
            "invalid_choice": _("“%(value)s” is no time zone; choose one of the list.")
        },
    )


class SignIn(LoginView):
    """The one door, for staff and for everybody else; `?next=` leads on within this site."""

    redirect_authenticated_user = True


@method_decorator(never_cache, name="dispatch")
class ChangePassword(PasswordChangeView):
    """Change one's own password; other browsers are signed out."""

    template_name = "pages/password.html"
    success_url = reverse_lazy("account")

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, _("Your password is changed."))
        return super().form_valid(form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Who is signed in; a POST sets the zone that times are shown in."""
    chosen = {"timezone": request.COOKIES.get(ZONE_COOKIE, "")}
    form = ZoneForm(request.POST or None, initial=chosen)
    if request.method != "POST" or not form.is_valid():
        return render(request, "pages/account.html", {"form": form})
    messages.success(request, _("Your time zone is saved."))
    answer = redirect("account")
    if zone := form.cleaned_data["timezone"]:
        answer.set_cookie(
            ZONE_COOKIE,
            zone,
            max_age=_A_YEAR_SECONDS,
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )
    else:
        answer.delete_cookie(ZONE_COOKIE, samesite="Lax")
    return answer


@never_cache
def admin_door(request: HttpRequest) -> HttpResponse:
    """Where the admin sends who may not enter: to sign in, or, signed in, to a plain refusal."""
    wanted = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        wanted = reverse("admin:index")
    if not request.user.is_authenticated:
        return redirect_to_login(wanted)
    if not request.user.is_staff:
        raise PermissionDenied
    return HttpResponseRedirect(wanted)  # `redirect` would take it for a view's name
