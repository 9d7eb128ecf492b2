"""The URL of an e-mail webhook: what it names, what is wrong with it, and what is shown of it."""

from __future__ import annotations

import pytest

from notifications.encryption import mask_url
from notifications.mail_addresses import addresses_of, is_mail
from notifications.models import Webhook
from notifications.validation import webhook_errors

SMTP = "django.core.mail.backends.smtp.EmailBackend"


def errors_of(url: str, **options: object) -> dict[str, str]:
    return webhook_errors(Webhook(format="email", url=url, options=options))


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("mailto:an@example.org", ["an@example.org"]),
        ("MAILTO: an@a.org , b@b.org,an@a.org,", ["an@a.org", "b@b.org"]),
        ("mailto:a%2Bb@example.org", ["a+b@example.org"]),
        ("https://example.org", []),
        ("mailto://user:pass@example.org", []),
    ],
)
def test_the_addresses_are_read_each_once(url, named):
    assert addresses_of(url) == named
    assert is_mail(url) == bool(named)


@pytest.mark.parametrize(
    "url", ["mailto:an@example.org", "mailto:an@example.org, b.c+d@đồng.example"]
)
def test_addresses_that_can_be_written_to_have_no_errors(url):
    assert errors_of(url) == {}


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "Write mailto:"),
        ("an@example.org", "Write mailto:"),
        ("mailto://an:pw@example.org", "Write mailto:"),
        ("mailto:", "is missing"),
        ("mailto:an@example.org?subject=x", "Leave out"),
        ("mailto:an@example.org,binh", "'binh' is no e-mail address"),
        ("mailto:a***@example.org", "no e-mail address"),
        ("mailto:an@example.org%0D%0ABcc:eve@example.org", "no e-mail address"),
        ("mailto:An <an@example.org>", "no e-mail address"),
        ("mailto:" + ",".join(f"u{n}@a.org" for n in range(21)), "21 addresses are"),
    ],
)
def test_each_address_is_checked(url, words):
    assert words in errors_of(url)["url"]


def test_without_a_mail_server_none_can_be_saved(settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP, ""
    assert "EMAIL_URL" in errors_of("mailto:an@example.org")["url"]


@pytest.mark.parametrize(
    "subject", [7, "{{content", "{{a.b}}", "x" * 501, ["{{task_name}}"]]
)
def test_a_subject_that_cannot_be_filled_is_refused(subject):
    errors = errors_of("mailto:an@example.org", subject=subject)
    assert "subject" in " ".join(errors.values())


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("mailto:an@example.org", "mailto:a***@example.org"),
        ("mailto:an@a.org,b@b.org,c@c.org,d@d.org", "mailto:a***@a.org,b***@b.org,… +2"),
        ("mailto:nobody", "mailto:***"),
        ("tgram://123:abc/45", "tgram://…"),
        ("mailto://user:pass@example.org?token=a@b", "mailto://…"),
    ],
)  # fmt: skip
def test_whose_mailbox_it_is_is_not_shown(url, shown):
    assert mask_url(url) == shown
