"""Paths of the account pages: sign in, sign out, password, zone and language."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import include, path

from pages.accounts import ChangePassword, SignIn, account, admin_door

urlpatterns = [
    path("login/", SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("account/", account, name="account"),
    path("account/password/", ChangePassword.as_view(), name="password"),
    path("i18n/", include("django.conf.urls.i18n")),
    # Before the admin's own, so that there is one door.
    path("admin/login/", admin_door),
]
