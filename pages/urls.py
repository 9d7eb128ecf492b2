"""Paths of the account pages: sign in, sign out, password, zone and language."""

from __future__ import annotations

from django.contrib.auth.views import LoginView
from django.urls import include, path

urlpatterns = [
    path("login/", LoginView.as_view(), name="login"),
    path("i18n/", include("django.conf.urls.i18n")),
]
