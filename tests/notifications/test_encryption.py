"""Fields that the database holds only encrypted."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError, ImproperlyConfigured, ValidationError
from django.db import connection, models
from django.db.models.functions import Cast
from django.test.utils import isolate_apps

from notifications.encryption import (
    MARK,
    DecryptionError,
    EncryptedJSONField,
    EncryptedTextField,
    mask_secret,
    mask_url,
    reencrypt,
)

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))


@pytest.fixture(autouse=True)
def _keys(settings):
    settings.FIELD_ENCRYPTION_KEYS = [OLD]


def load(field, stored):
    return field.from_db_value(stored, None, None)


def test_text_comes_back_as_it_was_saved():
    field = EncryptedTextField()
    assert load(field, field.get_prep_value("ключ 🔑")) == "ключ 🔑"


def test_the_stored_text_is_marked_and_does_not_hold_the_secret():
    stored = EncryptedTextField().get_prep_value("sk-very-secret")
    assert stored.startswith(MARK)
    assert "secret" not in stored


def test_the_same_secret_is_stored_differently_each_time():
    field = EncryptedTextField()
    assert field.get_prep_value("same") != field.get_prep_value("same")


@pytest.mark.parametrize("field", [EncryptedTextField(), EncryptedJSONField()])
@pytest.mark.parametrize("empty", [None, ""])
def test_nothing_is_stored_as_nothing(field, empty):
    assert field.get_prep_value(empty) == empty
    assert load(field, empty) == empty


@pytest.mark.parametrize(
    "value", [{}, [], 0, False, {"X-Key": "ü", "n": [1, None]}, "s"]
)
def test_json_comes_back_as_it_was_saved(value):
    field = EncryptedJSONField()
    stored = field.get_prep_value(value)
    assert stored.startswith(MARK)
    assert load(field, stored) == value


def test_a_wrong_key_is_an_error_that_names_the_setting(settings):
    field = EncryptedTextField()
    stored = field.get_prep_value("secret")
    settings.FIELD_ENCRYPTION_KEYS = [OTHER]
    with pytest.raises(DecryptionError, match="FIELD_ENCRYPTION_KEYS") as caught:
        load(field, stored)
    assert stored not in str(caught.value)


def test_a_damaged_value_is_an_error():
    field = EncryptedTextField()
    stored = field.get_prep_value("secret")
    with pytest.raises(DecryptionError):
        load(field, stored[:-4])


@pytest.mark.parametrize("field", [EncryptedTextField(), EncryptedJSONField()])
def test_an_unmarked_value_is_an_error_that_does_not_show_it(field):
    with pytest.raises(DecryptionError, match="not encrypted") as caught:
        load(field, "plain-secret")
    assert "plain-secret" not in str(caught.value)


def test_a_new_first_key_still_reads_what_the_old_one_wrote(settings):
    field = EncryptedTextField()
    stored = field.get_prep_value("secret")
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert load(field, stored) == "secret"


def test_the_first_key_encrypts(settings):
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    stored = EncryptedTextField().get_prep_value("secret")
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert load(EncryptedTextField(), stored) == "secret"


def test_a_key_that_is_none_is_named_by_its_number_and_not_shown(settings):
    settings.FIELD_ENCRYPTION_KEYS = [OLD, "hunter2"]
    with pytest.raises(ImproperlyConfigured, match="key 2 of 2") as caught:
        EncryptedTextField().get_prep_value("x")
    assert "hunter2" not in str(caught.value)


def test_no_key_at_all_is_an_error(settings):
    settings.FIELD_ENCRYPTION_KEYS = []
    with pytest.raises(ImproperlyConfigured, match="FIELD_ENCRYPTION_KEYS"):
        EncryptedTextField().get_prep_value("x")


@pytest.mark.parametrize("field", [EncryptedTextField(), EncryptedJSONField()])
def test_a_token_that_somebody_enters_is_not_decrypted_for_them(field):
    stolen = EncryptedTextField().get_prep_value("secret")
    with pytest.raises(ValidationError, match="mark of an encrypted value"):
        field.clean(stolen, None)


@pytest.mark.parametrize("value", [float("nan"), {"f": object()}])
def test_what_is_not_json_is_refused(value):
    with pytest.raises(ValidationError, match="is not JSON"):
        EncryptedJSONField().clean(value, None)


def test_a_form_edits_json_as_json():
    assert EncryptedJSONField(blank=True).formfield().clean('{"a": 1}') == {"a": 1}


def test_a_url_is_shown_without_path_query_and_password():
    assert (
        mask_url("https://discord.com/api/webhooks/123/abc") == "https://discord.com/…"
    )
    assert mask_url("http://u:p@[::1]:8000?key=x") == "http://[::1]:8000/…"
    assert mask_url("https://host:nonsense/secret") == "…"
    assert mask_url("bot123:token") == "…"
    assert mask_url("") == ""


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        ("sk-abcdef", "••••cdef"),
        ("12345678", "••••5678"),
        ("1234567", "••••"),
        ("", ""),
    ],
)
def test_a_secret_shows_its_end_only_when_it_is_long(secret, shown):
    assert mask_secret(secret) == shown


@pytest.fixture
def vault(db):
    """A model with a table of its own, gone with the test's transaction."""
    with isolate_apps():

        class Vault(models.Model):
            token = EncryptedTextField(blank=True)
            headers = EncryptedJSONField(default=dict)

            class Meta:
                app_label = "notifications"
                managed = False
                db_table = "test_vault"

            def __str__(self) -> str:
                return str(self.pk)

    kind = "bigserial" if connection.vendor == "postgresql" else "integer"
    with connection.cursor() as cursor:
        cursor.execute(
            f"create table test_vault (id {kind} primary key, token text, headers text)"
        )
    return Vault


def raw_tokens(model):
    raw = Cast("token", models.TextField())
    return list(model.objects.order_by("pk").values_list(raw, flat=True))


def test_a_row_holds_its_secret_encrypted_and_loads_it_decrypted(vault):
    vault.objects.create(token="secret", headers={"X-Key": "k"})
    row = vault.objects.get()
    assert (row.token, row.headers) == ("secret", {"X-Key": "k"})
    assert raw_tokens(vault)[0].startswith(MARK)


def test_updates_in_bulk_are_encrypted(vault):
    row = vault.objects.create(token="first")
    row.token = "second"
    vault.objects.bulk_update([row], ["token"])
    assert raw_tokens(vault)[0].startswith(MARK)
    vault.objects.update(token="third")
    assert raw_tokens(vault)[0].startswith(MARK)
    assert vault.objects.get().token == "third"


@pytest.mark.parametrize(
    "lookup", ["token", "token__icontains", "token__in", "headers__key", "headers"]
)
def test_searching_by_a_secret_is_refused(vault, lookup):
    with pytest.raises(FieldError, match="is encrypted and cannot be searched"):
        vault.objects.filter(**{lookup: "x"})


def test_whether_there_is_a_secret_can_be_asked(vault):
    vault.objects.create(token=None)
    assert vault.objects.filter(token__isnull=True).count() == 1


def test_the_error_names_model_and_field(vault, settings):
    vault.objects.create(token="secret")
    settings.FIELD_ENCRYPTION_KEYS = [OTHER]
    with pytest.raises(DecryptionError, match=r"notifications\.Vault\.token"):
        vault.objects.get()


def test_a_dump_holds_the_token_and_not_the_secret(vault):
    row = vault(token="secret")
    shown = vault._meta.get_field("token").value_to_string(row)
    assert shown.startswith(MARK)


def test_reencrypting_lets_the_old_key_go(vault, settings, monkeypatch):
    monkeypatch.setattr("notifications.encryption._BATCH", 2)
    for number in range(5):
        vault.objects.create(token=f"secret {number}", headers={"n": number})
    vault.objects.create(token="", headers={})
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert reencrypt(vault.objects.all()) == 11
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    rows = vault.objects.order_by("pk")
    assert [row.token for row in rows] == [f"secret {n}" for n in range(5)] + [""]
    assert rows[4].headers == {"n": 4}


def test_reencrypting_again_rewrites_nothing(vault, settings):
    vault.objects.create(token="secret")
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    reencrypt(vault.objects.all())
    before = raw_tokens(vault)
    assert reencrypt(vault.objects.all()) == 0
    assert raw_tokens(vault) == before


def test_reencrypting_touches_only_the_rows_asked_for(vault, settings):
    _first, second = (vault.objects.create(token="secret") for _ in range(2))
    before = raw_tokens(vault)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    reencrypt(vault.objects.filter(pk=second.pk))
    after = raw_tokens(vault)
    assert after[0] == before[0]
    assert after[1] != before[1]


def test_reencrypting_stops_at_a_value_that_no_key_reads(vault, settings):
    row = vault.objects.create(token="secret")
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    with pytest.raises(DecryptionError, match=rf"token \(pk {row.pk}\)"):
        reencrypt(vault.objects.all())
