"""Signed requests (CONTRACTS A2): `hex(HMAC_SHA256(secret, timestamp + "." + body))`. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

SIGNATURE_HEADER = "X-Webhook-Signature"
TIMESTAMP_HEADER = "X-Webhook-Timestamp"
WINDOW_SECONDS = 300
"""So far a stamp may be from the clock here, before and behind."""
_PREFIX = "sha256="
_STAMP = re.compile(r"\d{1,12}", re.ASCII)


class BadSignature(ValueError):
    """It is not signed as it has to be; the message is that of CONTRACTS A2."""


@dataclass(frozen=True, kw_only=True)
class Signed:
    """A signature that holds."""

    timestamp: str
    signature: str

    @property
    def expires_at(self) -> datetime:
        """From then on its stamp is refused."""
        return datetime.fromtimestamp(int(self.timestamp) + WINDOW_SECONDS + 1, UTC)

    def digest(self, task_id: str) -> str:
        """Return what stands for this signature at this task; it is no secret."""
        text = f"{task_id}\0{self.timestamp}\0{self.signature}"
        return hashlib.sha256(text.encode()).hexdigest()


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a body as it goes over the wire."""
    signed = timestamp.encode() + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def check_stamp(signature: str, timestamp: str, now: float) -> None:
    """Raise `BadSignature` where one is missing, or the stamp is none or too far from `now`."""
    if not signature:
        raise BadSignature("Missing signature")
    if not timestamp:
        raise BadSignature("Missing timestamp")
    if not _STAMP.fullmatch(timestamp):
        raise BadSignature("Invalid timestamp")
    if abs(now - int(timestamp)) > WINDOW_SECONDS:
        raise BadSignature("Timestamp expired")


def check_signature(
    signature: str, timestamp: str, body: bytes, secrets: Iterable[str]
) -> Signed:
    """Return the signature when one of the secrets made it, in any case and with `sha256=` or not.

    Raises `BadSignature`. All secrets are tried, each in constant time.
    """
    given = signature.removeprefix(_PREFIX).lower().encode(errors="replace")
    made = [sign(each, timestamp, body) for each in secrets]
    held = [each for each in made if hmac.compare_digest(each.encode(), given)]
    if not held:
        raise BadSignature("Invalid signature")
    return Signed(timestamp=timestamp, signature=held[0])
