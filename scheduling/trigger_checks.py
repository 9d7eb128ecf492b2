"""System checks of the settings of triggers: each has an id and says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jwt
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from scheduling.conf import SchedulingSettings
from scheduling.interop.trigger import hook
from scheduling.interop.trigger.addresses import read_network

LEAST_SECRET_CHARS = 16
LEAST_JWT_BYTES = 32
"""As RFC 7518, 3.2 wants it of HS256."""


@register(Tags.security)
def check_triggers(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """What would let in nobody, or too many."""
    conf = settings.SCHEDULING
    return [
        *_networks(conf),
        *_limits(conf),
        *_secrets(conf),
        *_jwt(conf),
        *_hook(conf),
    ]


def _networks(conf: SchedulingSettings) -> Iterator[CheckMessage]:
    for name in ("trigger_allowed_ips", "trusted_proxies"):
        for word in getattr(conf, name):
            if read_network(word) is None:
                yield Error(
                    f"SCHEDULING_{name.upper()}: {word!r} is no address and no network.",
                    hint="For example 203.0.113.7, 10.0.0.0/8 or 2001:db8::/32.",
                    id="scheduling.E001",
                )


def _limits(conf: SchedulingSettings) -> Iterator[CheckMessage]:
    if conf.trigger_rate_per_minute < 0:
        yield Error(
            f"SCHEDULING_TRIGGER_RATE_PER_MINUTE={conf.trigger_rate_per_minute} is less than 0.",
            hint="Give how many there may be in a minute, or 0 for no limit.",
            id="scheduling.E002",
        )
    if not 0 < conf.trigger_sync_seconds <= 3600:
        yield Error(
            f"SCHEDULING_TRIGGER_SYNC_SECONDS={conf.trigger_sync_seconds} cannot be waited for.",
            hint="Give more than 0 and at most 3600 seconds.",
            id="scheduling.E003",
        )


def _secrets(conf: SchedulingSettings) -> Iterator[CheckMessage]:
    if conf.trigger_secret and len(conf.trigger_secret) < LEAST_SECRET_CHARS:
        yield Warning(
            "SCHEDULING_TRIGGER_SECRET is short: who sees a signed request may guess it.",
            hint=f"Give {LEAST_SECRET_CHARS} random characters or more.",
            id="scheduling.W001",
        )


def _jwt(conf: SchedulingSettings) -> Iterator[CheckMessage]:
    known = set(jwt.algorithms.get_default_algorithms()) - {"none"}
    for name in conf.trigger_jwt_algorithms:
        if name not in known:
            yield Error(
                f"SCHEDULING_TRIGGER_JWT_ALGORITHMS: {name!r} is no algorithm that is taken.",
                hint=f"Choose of {', '.join(sorted(known))}.",
                id="scheduling.E004",
            )
        elif conf.trigger_jwt_key and not _fits(name, conf.trigger_jwt_key):
            yield Error(
                f"SCHEDULING_TRIGGER_JWT_KEY is no key for {name}.",  # itself a secret
                hint="Give a public key in PEM for RS…, PS…, ES… and EdDSA, and for HS… a "
                f"secret of {LEAST_JWT_BYTES} bytes or more.",
                id="scheduling.E005",
            )


def _fits(algorithm: str, key: str) -> bool:
    if algorithm.startswith("HS") and len(key.encode()) < LEAST_JWT_BYTES:
        return False
    try:
        jwt.algorithms.get_default_algorithms()[algorithm].prepare_key(key)
    except Exception:  # noqa: BLE001 -- cryptography has many ways to say that it is none
        return False
    return True


def _hook(conf: SchedulingSettings) -> Iterator[CheckMessage]:
    if not conf.trigger_verify_hook:
        return
    try:
        hook.load(conf.trigger_verify_hook)
    except Exception as error:  # noqa: BLE001 -- a guest's module may raise anything
        yield Error(
            f"SCHEDULING_TRIGGER_VERIFY_HOOK={conf.trigger_verify_hook!r} cannot be loaded: "
            f"{type(error).__name__}: {error}",
            hint="Give module:callable, and see that the module can be imported.",
            id="scheduling.E006",
        )
