"""One machine: `make up` and a developer's shell. Plain HTTP on the loopback address."""

from __future__ import annotations

import os
from pathlib import Path

from config.env import env
from config.supervisor.keys import existing_key_files

# Commands beside a running `make up` find the keys that it made.
_DATA_DIR = os.environ.get("DATA_DIR") or Path(__file__).resolve().parents[2] / "data"
for _name, _path in existing_key_files(Path(_DATA_DIR), os.environ).items():
    os.environ.setdefault(_name, _path)

from config.settings.base import *  # noqa: E402, F403 -- one flat namespace, after the keys
from config.settings.base import ALLOWED_HOSTS as _HOSTS  # noqa: E402 -- after the keys

DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = _HOSTS or ["localhost", "127.0.0.1", "[::1]"]
