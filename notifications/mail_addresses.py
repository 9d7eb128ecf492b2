"""The URL of an e-mail webhook: `mailto:an@example.org,binh@example.org`. Pure."""

from __future__ import annotations

from urllib.parse import unquote

SCHEME = "mailto:"
MOST_SHOWN = 2


def addresses_of(url: str) -> list[str]:
    """The addresses that `url` names, in order, each once; not judged.

    Percent signs are read as RFC 6068 says. What is no `mailto:` names none.
    """
    if not is_mail(url):
        return []
    parts = url[len(SCHEME) :].split(",")
    found = (unquote(part).strip() for part in parts)
    return list(dict.fromkeys(address for address in found if address))


def is_mail(url: str) -> bool:
    """Whether `url` leads to people's mailboxes; `mailto://…` is one of Apprise's."""
    return url[: len(SCHEME)].lower() == SCHEME and not url.startswith(
        "//", len(SCHEME)
    )


def mask_mail(url: str) -> str:
    """`mailto:a***@example.org`: whose mailbox it is, is nobody else's business."""
    found = [mask_address(each) for each in addresses_of(url)]
    more = f",… +{len(found) - MOST_SHOWN}" if len(found) > MOST_SHOWN else ""
    return SCHEME + ",".join(found[:MOST_SHOWN]) + more


def mask_address(address: str) -> str:
    """The first letter and the domain of `address`."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}***@{domain}" if name and domain else "***"
