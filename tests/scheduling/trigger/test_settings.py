"""What the system checks say of the settings of triggers, and what housekeeping forgets."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from scheduling.maintenance import forget_signatures
from scheduling.models import UsedSignature
from scheduling.trigger_checks import check_triggers


def always(_context):
    return True


NO_CALLABLE = 1
WRONG = [
    ({"trigger_allowed_ips": ("10.0.0.0/8", "localhost")}, "E001", "localhost"),
    ({"trusted_proxies": ("10.0.0.0/99",)}, "E001", "SCHEDULING_TRUSTED_PROXIES"),
    ({"trigger_rate_per_minute": -1}, "E002", "-1"),
    ({"trigger_sync_seconds": 0.0}, "E003", "0"),
    ({"trigger_sync_seconds": float("nan")}, "E003", "nan"),
    ({"trigger_secret": "short"}, "W001", "short"),
    ({"trigger_jwt_algorithms": ("none",)}, "E004", "'none'"),
    ({"trigger_jwt_algorithms": ("HS999",)}, "E004", "'HS999'"),
    ({"trigger_jwt_key": "too-short"}, "E005", "HS256"),
    ({"trigger_jwt_key": "x" * 40, "trigger_jwt_algorithms": ("RS256",)}, "E005", "RS256"),
    ({"trigger_verify_hook": "nowhere_at_all:judge"}, "E006", "ModuleNotFoundError"),
    ({"trigger_verify_hook": f"{__name__}:NO_CALLABLE"}, "E006", "cannot be called"),
    ({"trigger_verify_hook": "no_colon"}, "E006", "no_colon"),
]  # fmt: skip


def test_settings_as_delivered_are_right(configure):
    assert check_triggers(None) == []
    configure(
        "SCHEDULING",
        trigger_allowed_ips=("203.0.113.7", "10.0.0.1/8", "2001:db8::/32"),
        trigger_secret="x" * 32,
        trigger_jwt_key="x" * 32,
        trigger_verify_hook=f"{__name__}:always",
    )
    assert check_triggers(None) == []


@pytest.mark.parametrize(("values", "number", "named"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_setting_is_named(configure, values, number, named):
    configure("SCHEDULING", **values)
    [found] = check_triggers(None)
    assert found.id == f"scheduling.{number}"
    assert named in found.msg
    assert found.hint
    for secret in ("trigger_jwt_key", "trigger_secret"):
        assert values.get(secret, "\0") not in found.msg or number == "W001"


@pytest.mark.django_db
def test_used_signatures_are_forgotten_when_no_clock_takes_them(db):
    now = timezone.now()
    for name, age in (("old", 2), ("fresh", 0)):
        UsedSignature.objects.create(digest=name, expires_at=now - timedelta(hours=age))
    assert forget_signatures() == 1
    assert UsedSignature.objects.get().digest == "fresh"
