"""`/healthz`: whether this process can serve, for load balancers and container checks."""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)
_PATIENCE_SECONDS = 1.0


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 while the database does, else 503.

    A broker that is away is told but no reason to fail: what it would ring for happens later.
    """
    database = _database_answers()
    answer = {
        "status": "ok" if database else "down",
        "database": "ok" if database else "down",
        "broker": "ok" if _broker_answers() else "down",
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
