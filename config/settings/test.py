"""The test suite: throw-away keys, fast passwords, SQLite unless DATABASE_URL says otherwise."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

# Before base is read: tests must not see the developer's own data folder.
os.environ.setdefault("DATA_DIR", str(Path(tempfile.gettempdir()) / "backbeat-test"))
os.environ.setdefault("SECRET_KEY", "test-only-" + "x" * 50)
os.environ.setdefault(
    "FIELD_ENCRYPTION_KEYS", "dGVzdC1vbmx5LXRlc3Qtb25seS10ZXN0LW9ubHkxMjM="
)
Path(os.environ["DATA_DIR"]).mkdir(parents=True, exist_ok=True)

from config.settings.base import *  # noqa: E402, F403 -- Django's settings are one flat namespace

STATIC_ROOT.mkdir(exist_ok=True)  # noqa: F405 -- WhiteNoise warns of a missing one
DEBUG = False
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
