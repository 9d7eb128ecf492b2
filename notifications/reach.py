"""What is wrong with an address that is no web address, or with what must carry mail there."""

from __future__ import annotations

from importlib.util import find_spec

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from notifications.mail_addresses import addresses_of, is_mail

_SMTP = "django.core.mail.backends.smtp.EmailBackend"
_LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3


def mail_problem(url: str) -> str:
    """Why no mail can go to `url`, for people; "" when it can."""
    if not is_mail(url):
        return _("Write mailto: and the addresses, such as mailto:an@example.org.")
    if "?" in url:
        return _("Leave out what begins with “?”: the addresses alone are read.")
    found = addresses_of(url)
    if not found:
        return _("An address is missing after mailto:.")
    most = settings.NOTIFICATIONS.max_recipients
    if len(found) > most:
        text = _("%(count)d addresses are too many: at most %(most)d.")
        return text % {"count": len(found), "most": most}
    for address in found:
        if not _is_address(address):
            text = _("%(address)r is no e-mail address such as an@example.org.")
            return text % {"address": address[:_LONGEST_ADDRESS]}
    return "" if mail_is_set_up() else _("E-mail is not set up here: set EMAIL_URL.")


def mail_is_set_up() -> bool:
    """Whether there is a server to hand mail to."""
    return settings.EMAIL_BACKEND != _SMTP or bool(settings.EMAIL_HOST)


def apprise_problem(url: str) -> str:
    """Why Apprise cannot send to `url`, for people; "" when it can. Repeats nothing of it."""
    if not settings.NOTIFICATIONS.apprise:
        return _(
            "Apprise is off here: set NOTIFICATIONS_APPRISE=true. It reaches private "
            "addresses, too."
        )
    if find_spec("apprise") is None:
        return _("Apprise is not installed here: install the extra, backbeat[apprise].")
    from apprise import Apprise  # noqa: PLC0415 -- an extra, and slow to import

    if Apprise.instantiate(url, suppress_exceptions=True) is None:
        return _("Apprise knows no service for this URL, or misses a part of it.")
    return ""


def _is_address(address: str) -> bool:
    if "***" in address or len(address) > _LONGEST_ADDRESS:  # a mask is no address
        return False
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True
