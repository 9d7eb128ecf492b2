"""EMAIL_URL as Django's settings, and what the checks say of them."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.checks import check_mail
from config.env import mail_server


@pytest.mark.parametrize(
    ("url", "host", "port", "starttls", "tls"),
    [
        ("", "", 25, False, False),
        ("smtp://mail.lan", "mail.lan", 25, False, False),
        ("smtp://[::1]:2525", "::1", 2525, False, False),
        ("smtp+tls://mail.lan", "mail.lan", 587, True, False),
        ("smtps://mail.lan", "mail.lan", 465, False, True),
        ("console://", "", 25, False, False),
    ],
)
def test_the_url_says_where_and_how_safely(url, host, port, starttls, tls):
    found = mail_server(url)
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == (host, port)
    assert (found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (starttls, tls)


def test_name_and_password_are_percent_encoded():
    found = mail_server("smtp+tls://an%40example.org:p%3Aw%2F@mail.lan")
    assert found["EMAIL_HOST_USER"] == "an@example.org"
    assert found["EMAIL_HOST_PASSWORD"] == "p:w/"


@pytest.mark.parametrize(
    "url", ["mail.lan", "https://s3cret@mail.lan", "smtp://", "smtp://s3cret:x@h:99999"]
)
def test_what_is_no_mail_server_is_refused_without_repeating_it(url):
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL is no") as caught:
        mail_server(url)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("sender", "ids"),
    [
        ("Backbeat <backbeat@example.org>", []),
        ("backbeat@localhost", ["config.W002"]),
        ("nonsense", ["config.E009"]),
    ],
)
def test_whom_mail_is_from_is_checked(settings, sender, ids):
    settings.EMAIL_HOST, settings.DEFAULT_FROM_EMAIL = "mail.lan", sender
    assert [each.id for each in check_mail(None)] == ids


def test_a_library_that_is_missing_is_named(settings, configure, monkeypatch):
    configure("NOTIFICATIONS", apprise=True)
    assert check_mail(None) == []
    monkeypatch.setattr("config.checks.find_spec", lambda name: None)
    assert [each.id for each in check_mail(None)] == ["config.E010"]
