"""`/healthz`: whether this process can serve, for load balancers and container checks."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from scheduling import blackouts
from scheduling.overview import alive, blocked_agents, late_tasks

logger = logging.getLogger(__name__)
_PATIENCE_SECONDS = 1.0


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 while the database does, else 503.

    The other parts are told but no reason to fail: this process serves pages without them, and
    what a broker would ring for happens later.
    """
    database = _database_answers()
    answer = {
        "status": "ok" if database else "down",
        "database": "ok" if database else "down",
        "broker": "ok" if _broker_answers() else "down",
        **_who_is_alive(database=database),
    }
    return JsonResponse(answer, status=200 if database else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone() == (1,))
    except DatabaseError:
        logger.exception("healthz: the database does not answer")
        return False


def _who_is_alive(*, database: bool) -> dict[str, Any]:
    """What the first page shows, as numbers; unknown without the database."""
    unknown = {
        "beat": "unknown",
        "workers": None,
        "paused": None,
        "late_tasks": None,
        "blocked_agents": None,
    }
    if not database:
        return unknown
    now = timezone.now()
    try:
        living = alive(now)
        return {
            "beat": "ok" if living.beats else "down",
            "workers": len(living.workers),
            "paused": blackouts.on_at(now) is not None,
            "late_tasks": late_tasks(now).count(),
            "blocked_agents": blocked_agents().count(),
        }
    except DatabaseError:
        logger.exception("healthz: who is alive cannot be read")
        return unknown


def _broker_answers() -> bool:
    broker = Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=_PATIENCE_SECONDS,
        socket_timeout=_PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        return bool(broker.ping())
    except (RedisError, OSError):
        return False
    finally:
        broker.close()
