"""Signatures of Standard Webhooks 1.0 (HMAC-SHA256). Pure.

A signature is over "id.timestamp.body", so a receiver knows that the message is ours, unchanged
and recent. The library of the standard makes it; what it takes for a secret is judged here,
because it takes anything that base64 forgives.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

from pages.sentence import Sentence

PREFIX = "whsec_"
FEWEST_BYTES, MOST_BYTES, OWN_BYTES = 24, 64, 32


class BadSecret(ValueError):
    """This is no signing secret; its text says why and never repeats the secret."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        super().__init__(sentence)


def generate_secret() -> str:
    """A new signing secret of 32 random bytes: `whsec_` and base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(OWN_BYTES)).decode()


def check_secret(secret: str) -> None:
    """Raise `BadSecret` unless `secret` is `whsec_` and 24 to 64 bytes in base64.

    Without the padding it is fine, too (Standard Webhooks 1.0.0, "Signature scheme").
    """
    if not secret.startswith(PREFIX):
        raise BadSecret(Sentence("must begin with whsec_"))
    encoded = secret.removeprefix(PREFIX).rstrip("=")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise BadSecret(Sentence("must be base64 after whsec_")) from None
    if not FEWEST_BYTES <= len(key) <= MOST_BYTES:
        raise BadSecret(
            Sentence(
                "holds %(count)d bytes; give %(fewest)d to %(most)d in base64",
                count=len(key),
                fewest=FEWEST_BYTES,
                most=MOST_BYTES,
            )
        )


def signature_headers(
    webhook_id: str, body: bytes, signing_secrets: Sequence[str], *, now: datetime
) -> dict[str, str]:
    """`Webhook-Timestamp` and `Webhook-Signature` of a UTF-8 `body`, sent at `now` (aware).

    One signature for each secret, in this order, so that a receiver may know either while they
    are exchanged. Raises `BadSecret`.
    """
    stamp = int(now.timestamp())
    # In UTC, because the library puts that zone in the place of any other.
    moment, text = datetime.fromtimestamp(stamp, UTC), body.decode()
    signatures = []
    for secret in signing_secrets:
        check_secret(secret)
        signatures.append(Webhook(secret).sign(webhook_id, moment, text))
    return {
        "Webhook-Timestamp": str(stamp),
        "Webhook-Signature": " ".join(signatures),
    }
