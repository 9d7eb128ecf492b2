"""The page where everybody makes and revokes the keys of their calendar feed."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from scheduling import services
from scheduling.exceptions import Conflict
from scheduling.interop.exports import base_url

PAGE = "scheduling/feed/page.html"
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


class FeedKeyForm(forms.Form):
    """What a new key is for."""

    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        required=False,
        help_text=_("Where you will use it, such as “Phone”."),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def feed_page(request: HttpRequest) -> HttpResponse:
    """List one's keys (GET); revoke the one that `revoke` names, or make one (POST)."""
    if request.method != "POST":
        return _page(request, FeedKeyForm())
    if number := request.POST.get("revoke"):
        return _revoke(request, number)
    form = FeedKeyForm(request.POST)
    if form.is_valid():
        try:
            made, told = services.make_feed_key(
                _user(request), form.cleaned_data["name"]
            )
        except Conflict as error:
            form.add_error(None, str(error))
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            # Told in the answer itself: a redirect would have to keep it somewhere.
            feed = (
                f"{base_url(request)}{reverse('ical-feed')}?{urlencode({'key': told})}"
            )
            return _page(request, FeedKeyForm(), made=made, address=feed)
    return _page(request, form)


def _revoke(request: HttpRequest, number: str) -> HttpResponse:
    """Only one's own keys are found."""
    keys = services.feed_keys_of(_user(request))
    key = keys.filter(pk=number).first() if _NUMBER.fullmatch(number) else None
    if key is None:
        messages.warning(request, gettext("That key is gone already."))
    else:
        services.revoke_feed_key(key)
        text = gettext(
            "Revoked %(start)s…: calendars that use it are refused from now on."
        )
        messages.success(request, text % {"start": key.beginning})
    return redirect("calendar-feed")


def _page(request: HttpRequest, form: forms.Form, **more: Any) -> HttpResponse:
    keys = services.feed_keys_of(_user(request))
    answer = render(request, PAGE, {"form": form, "keys": keys, **more})
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def _user(request: HttpRequest) -> Any:
    return request.user
