"""Secrets at rest: model fields that the database holds only encrypted, and masks to show.

The keys are `settings.FIELD_ENCRYPTION_KEYS`: the first encrypts, every one decrypts. To
change keys put the new one first, run `reencrypt` over each model, then drop the old one.
A value that cannot be decrypted is an error and never the value: ciphertext must not be
sent to anybody as if it were the secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django import forms
from django.conf import settings
from django.core.exceptions import FieldError, ImproperlyConfigured, ValidationError
from django.db import models
from django.db.models.functions import Cast

from notifications.mail_addresses import is_mail, mask_mail

if TYPE_CHECKING:
    _TextField = models.TextField[str, str]
else:
    _TextField = models.TextField

MARK = "enc1:"
"""Begins every stored value; a later format would get another number."""
_BATCH = 500
_WEB = ("http", "https")
_SERVICE = re.compile(r"([a-z][a-z0-9+.-]{0,30})://", re.IGNORECASE)


class DecryptionError(Exception):
    """A stored value is not what `FIELD_ENCRYPTION_KEYS` can read; names field and cure."""


class EncryptedTextField(_TextField):
    """Text that is encrypted on its way into the database and decrypted on load.

    None and "" are stored as they are. Filtering by the value is refused (but `isnull`).
    `dumpdata` writes the token, not the secret, and `loaddata` refuses it: back up the
    database instead. Loading raises `DecryptionError` when no key fits.
    """

    def to_python(self, value: Any) -> Any:
        _reject_token(value)
        return super().to_python(value)

    def get_prep_value(self, value: Any) -> Any:
        if value is None or value == "":
            return value
        return encrypt(self._dump(value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if value is None or value == "":
            return value
        return self._load(decrypt(value, of=self.label()))

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.get_prep_value(self.value_from_object(obj)) or "")

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        return self._refuse(lookup_name)

    def get_transform(self, lookup_name: str) -> Any:
        return self._refuse(lookup_name)

    def label(self) -> str:
        """Return `app.Model.field`, as errors name this field."""
        return str(self) if hasattr(self, "model") else type(self).__name__

    def _dump(self, value: Any) -> str:
        return str(self.to_python(value))

    def _load(self, text: str) -> Any:
        return text

    def _refuse(self, lookup_name: str) -> NoReturn:
        raise FieldError(
            f"{self.label()} is encrypted and cannot be searched by {lookup_name!r}; "
            "only isnull works"
        )


class EncryptedJSONField(EncryptedTextField):
    """Any JSON value, stored as one encrypted text. NaN and infinity are refused."""

    empty_strings_allowed = False
    if TYPE_CHECKING:

        def __set__(self, instance: Any, value: Any) -> None: ...
        def __get__(self, instance: Any, owner: Any) -> Any: ...

    def to_python(self, value: Any) -> Any:
        _reject_token(value)
        return value

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        super().validate(value, model_instance)
        try:
            self._dump(value)
        except (TypeError, ValueError) as error:
            raise ValidationError(f"is not JSON: {error}", code="invalid") from error

    def formfield(self, **kwargs: Any) -> Any:
        # TextField's own formfield would add what only a CharField takes.
        return models.Field.formfield(self, **{"form_class": forms.JSONField, **kwargs})

    def _dump(self, value: Any) -> str:
        return json.dumps(value, allow_nan=False)

    def _load(self, text: str) -> Any:
        return json.loads(text)


def encrypt(text: str) -> str:
    """Return `text` as a marked token, made with the first key."""
    return MARK + _cipher().encrypt(text.encode()).decode("ascii")


def decrypt(stored: str, *, of: str) -> str:
    """Return the text of a marked token; `of` names the field in the error.

    Raises `DecryptionError` when the mark is missing or no key fits.
    """
    if not stored.startswith(MARK):
        raise DecryptionError(
            f"{of} holds a value that is not encrypted; enter the secret again"
        )
    try:
        return _cipher().decrypt(stored.removeprefix(MARK)).decode()
    except InvalidToken:
        raise DecryptionError(
            f"{of} cannot be decrypted: the key it was written with is not in "
            "FIELD_ENCRYPTION_KEYS; add that key to the list, or enter the secret again"
        ) from None


def reencrypt(rows: models.QuerySet[Any]) -> int:
    """Rewrite each encrypted value in `rows` that the first key did not write.

    Returns how many values were rewritten. Safe beside running work: a value that was
    edited meanwhile is left alone. Raises `DecryptionError` at a value no key can read;
    what was rewritten before it stays so.
    """
    return sum(
        _reencrypt_field(rows, field)
        for field in rows.model._meta.fields  # noqa: SLF001 -- Django's documented API
        if isinstance(field, EncryptedTextField)
    )


def mask_url(url: str) -> str:
    """Return scheme and host of `url`; the rest may be a secret (a Telegram token).

    Of an address of mail its domain; of what is neither web nor mail (Apprise's URLs have
    tokens where a host would be) the scheme alone.
    """
    if is_mail(url):
        return mask_mail(url)
    if (service := _SERVICE.match(url)) and service[1].lower() not in _WEB:
        return f"{service[1]}://…"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "…"
    if not parts.scheme or not host:
        return "…" if url else ""
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}/…"


def mask_secret(secret: str) -> str:
    """Return dots and the last four characters; only dots when shorter than eight."""
    if not secret:
        return ""
    return "••••" + (secret[-4:] if len(secret) >= 8 else "")


def _reject_token(value: Any) -> None:
    # To decrypt what a form sent would let anybody read stolen ciphertext.
    if isinstance(value, str) and value.startswith(MARK):
        raise ValidationError(
            f"begins with {MARK!r}, the mark of an encrypted value; enter the secret itself",
            code="encrypted",
        )


def _reencrypt_field(rows: models.QuerySet[Any], field: EncryptedTextField) -> int:
    # The cast takes the value past from_db_value and the refusal of lookups.
    every_row = rows.model._base_manager  # noqa: SLF001 -- Django's documented API
    raw_rows = every_row.annotate(raw_token=Cast(field.name, models.TextField()))
    newest = Fernet(_keys()[0])
    rewritten = 0
    for pk, token in _tokens(raw_rows.filter(pk__in=rows.order_by().values("pk"))):
        if _is_written_by(newest, token):
            continue
        text = decrypt(token, of=f"{field.label()} (pk {pk})")
        value = models.Value(encrypt(text), output_field=models.TextField())
        unchanged = raw_rows.filter(pk=pk, raw_token=token)
        rewritten += unchanged.update(**{field.name: value})
    return rewritten


def _tokens(raw_rows: models.QuerySet[Any]) -> Iterator[tuple[Any, str]]:
    """Yield key and token in batches, so that no cursor is open while rows are written."""
    ordered = raw_rows.exclude(raw_token="").exclude(raw_token=None).order_by("pk")
    batch = list(ordered.values_list("pk", "raw_token")[:_BATCH])
    while batch:
        yield from batch
        following = ordered.filter(pk__gt=batch[-1][0])
        batch = list(following.values_list("pk", "raw_token")[:_BATCH])


def _is_written_by(cipher: Fernet, token: str) -> bool:
    try:
        cipher.decrypt(token.removeprefix(MARK))
    except InvalidToken:
        return False
    return True


def _keys() -> tuple[str, ...]:
    keys = tuple(settings.FIELD_ENCRYPTION_KEYS)
    if not keys:
        raise ImproperlyConfigured(
            "FIELD_ENCRYPTION_KEYS is empty; it needs a Fernet key"
        )
    return keys


def _cipher() -> MultiFernet:
    return _cipher_of(_keys())


@lru_cache(maxsize=8)
def _cipher_of(keys: tuple[str, ...]) -> MultiFernet:
    ciphers = []
    for number, key in enumerate(keys, start=1):
        try:
            ciphers.append(Fernet(key))
        except ValueError:
            raise ImproperlyConfigured(
                f"FIELD_ENCRYPTION_KEYS: key {number} of {len(keys)} is not a Fernet key "
                "(32 bytes in URL-safe base64, 44 characters)"
            ) from None
    return MultiFernet(ciphers)
