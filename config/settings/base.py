"""Settings that every environment shares. What differs is in `local`, `test`, `production`.

Each app's own settings are one screen in its `conf.py`; here they are read from the environment.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import environ

from config.env import mail_server, read_into, secret, words
from config.settings.admin import UNFOLD  # noqa: F401 -- a setting
from notifications.conf import NotificationsSettings
from scheduling.conf import HOUSE_QUEUE, SchedulingSettings, own_queue
from signals.conf import SignalsSettings

BASE_DIR = Path(__file__).resolve().parents[2]
DATA_DIR = Path(os.environ.get("DATA_DIR") or BASE_DIR / "data").resolve()

SCHEDULING = read_into(SchedulingSettings, "SCHEDULING")
NOTIFICATIONS = read_into(NotificationsSettings, "NOTIFICATIONS")
SIGNALS = read_into(SignalsSettings, "SIGNALS")

# Secrets. A missing one is a system check (config.checks), not a default.
SECRET_KEY = secret("SECRET_KEY")
FIELD_ENCRYPTION_KEYS = list(words(secret("FIELD_ENCRYPTION_KEYS")))

DEBUG = False
ALLOWED_HOSTS = list(words(os.environ.get("ALLOWED_HOSTS", "")))
CSRF_TRUSTED_ORIGINS = list(words(os.environ.get("CSRF_TRUSTED_ORIGINS", "")))

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.inlines",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.humanize",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_celery_beat",
    "django_celery_results",
    "rest_framework",
    "django_filters",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "config.apps.ConfigApp",
    "pages.apps.PagesConfig",
    "scheduling.apps.SchedulingConfig",
    "notifications.apps.NotificationsConfig",
    "signals.apps.SignalsConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.chunked.read_chunked_bodies",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "pages.sent.bounded",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "pages.middleware.in_readers_zone",
    "pages.middleware.content_security_policy",
    "config.idempotency.OncePerKey",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "django.template.context_processors.tz",
            ],
        },
    }
]


def database(url: str) -> dict[str, Any]:
    """Return Django's settings of the database at `url`, tuned for many writers.

    SQLite: WAL and IMMEDIATE, because a DEFERRED transaction that turns from reading to
    writing fails at once however long the timeout is.
    """
    settings: dict[str, Any] = environ.Env.db_url_config(url)
    if settings["ENGINE"] == "django.db.backends.sqlite3":
        settings["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
        }
    settings["CONN_MAX_AGE"] = None
    settings["CONN_HEALTH_CHECKS"] = True
    return settings


DATABASE_URL = secret("DATABASE_URL") or f"sqlite:///{DATA_DIR}/backbeat.sqlite3"
DATABASES = {"default": database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("vi", "Tiếng Việt")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "inbox"
LOGOUT_REDIRECT_URL = "login"

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT") or DATA_DIR / "static")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# A 50 MB body is refused before it is read into memory.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "knox.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.api.LimitedJSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["config.api.Filters"],
    "DEFAULT_PAGINATION_CLASS": "config.api.Pages",
    "PAGE_SIZE": 50,
    "DEFAULT_SCHEMA_CLASS": "config.openapi.Document",
    "EXCEPTION_HANDLER": "config.api.problem_document",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "URL_FORMAT_OVERRIDE": None,  # `format` is a filter of deliveries
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS tells nothing that the document does not
}
REST_KNOX = {"TOKEN_TTL": None, "AUTH_HEADER_PREFIX": "Bearer"}
SPECTACULAR_SETTINGS = {
    "TITLE": "Backbeat",
    "DESCRIPTION": "Runs AI agents on schedules and delivers what they say.",
    "VERSION": "2",
    "SERVE_INCLUDE_SCHEMA": False,
    # What is sent has no read-only fields, and its texts say whether they may be empty.
    "COMPONENT_SPLIT_REQUEST": True,
    "ENFORCE_NON_BLANK_FIELDS": True,
    # Where components share a status, the name cannot be made from one of them.
    "ENUM_NAME_OVERRIDES": {
        "SignalStatusEnum": "signals.models.SignalOutput.Status",
        "TriggerKeyKindEnum": "scheduling.models.TriggerKey.Kind",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.openapi.with_common_parts",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# E-mail. Without EMAIL_URL there is no server, and webhooks of the format say so.
_mail = mail_server(secret("EMAIL_URL"))
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = _mail["EMAIL_HOST"], _mail["EMAIL_PORT"]
EMAIL_HOST_USER = _mail["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail["EMAIL_USE_TLS"], _mail["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = NOTIFICATIONS.total_seconds
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL") or (
    EMAIL_HOST_USER if "@" in EMAIL_HOST_USER else "backbeat@localhost"
)

# Redis. One URL in redis-py's spelling; Celery wants another one for a UNIX socket.
REDIS_URL = secret("REDIS_URL") or f"unix://{DATA_DIR}/valkey.sock?db=0"


def broker_url(redis_url: str) -> str:
    """Return Celery's spelling of a redis-py URL (`unix:///s?db=1` -> `redis+socket:///s?virtual_host=1`)."""
    if not redis_url.startswith("unix://"):
        return redis_url
    return redis_url.replace("unix://", "redis+socket://", 1).replace(
        "?db=", "?virtual_host="
    )


CELERY_BROKER_URL = broker_url(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A half-open socket must not hold a publisher for ever.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 3,
    "socket_timeout": 10,
    "socket_keepalive": True,
    "max_retries": 0,  # a publisher is told at once; else it waits for six seconds
}
CELERY_TASK_PUBLISH_RETRY = (
    False  # the reconciler rings again; nobody waits for a broker
)
CELERY_TASK_IGNORE_RESULT = True  # a Run is the truth; housekeeping asks for its result
CELERY_RESULT_BACKEND = "django-db"
CELERY_RESULT_EXTENDED = True
CELERY_TASK_TRACK_STARTED = True
CELERY_TASK_ACKS_LATE = (
    False  # measured: a redelivered message only costs; rows are rescued
)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_DB_REUSE_MAX = 1_000_000  # else Celery closes the connection around every task
CELERY_TASK_ROUTES = {
    "scheduling.run_chunk": {"queue": "agents"},
    "notifications.deliver": {"queue": "notifications"},
}
CELERY_TASK_DEFAULT_QUEUE = own_queue(HOUSE_QUEUE, SCHEDULING.serve_user)
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "scheduling.beat:TaskScheduler"
CELERY_BEAT_SYNC_EVERY = 1  # default: a beat killed within 3 minutes fires again
DJANGO_CELERY_BEAT_TZ_AWARE = True

SILENCED_SYSTEM_CHECKS: list[str] = []

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)-7s %(name)s: %(message)s"}
    },
    "filters": {
        "refusals": {"()": "config.logs.RefusalsInOneLine"},
        "callbacks": {"()": "config.logs.CallbacksUnnamed"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["refusals", "callbacks"],
        }
    },
    "root": {
        "handlers": ["console"],
        "level": os.environ.get("LOG_LEVEL", "INFO").upper(),
    },
    # These tell of every message and request; Backbeat tells of every run and delivery instead.
    "loggers": {
        name: {"level": "WARNING"}
        for name in (
            "celery.app.trace",
            "celery.beat",
            "celery.worker.strategy",
            "httpx",
            "httpx2",
            "mcp",
            "urllib3",  # at DEBUG it tells paths, and those hold tokens
        )
    }
    # What its services say may hold tokens, too; the carrier keeps that, masked.
    | {"apprise": {"level": "WARNING", "propagate": False}},
}
