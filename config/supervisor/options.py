"""What a person may choose about one start, and the environment that follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from config.supervisor.exceptions import CannotStartError
from config.supervisor.leftovers import MARK

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 -- a question, not a bind


@dataclass(frozen=True, kw_only=True)
class Options:
    """One start: where it lives, where it listens, how many of each process."""

    data_dir: Path
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    """Port of the first web process; further ones take the following numbers."""
    webs: int = 1
    workers: int = 1
    senders: int = 1
    beats: int = 1

    @property
    def ports(self) -> range:
        return range(self.port, self.port + self.webs)

    @property
    def reachable_host(self) -> str:
        """The host as a client on this machine spells it, IPv6 without brackets."""
        return _ANY_ADDRESS.get(self.host, self.host)

    @property
    def address(self) -> str:
        """The address for a browser on this machine, without a closing slash."""
        host = self.reachable_host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


def read_port(name: str, value: str | int) -> int:
    """Return a TCP port. Raises CannotStartError naming the setting if it is none."""
    try:
        port = int(value)
    except ValueError:
        port = 0
    if not 1 <= port <= 65_535:
        raise CannotStartError(
            f"{name}={value} is no port: give a whole number, 1 to 65535."
        )
    return port


def child_environment(
    options: Options,
    environ: Mapping[str, str],
    *,
    redis_url: str,
    key_files: Mapping[str, str],
) -> dict[str, str]:
    """Return what all processes get: `environ`, and the defaults of one machine below it."""
    defaults = {
        "DJANGO_SETTINGS_MODULE": "config.settings.local",
        "DATABASE_URL": f"sqlite:///{quote(str(options.data_dir))}/backbeat.sqlite3",
        "REDIS_URL": redis_url,
        # The installation's own webhooks may reach it, and only they get its key.
        "INTERNAL_ORIGINS": f"{options.address},http://localhost:{options.port}",
        # Agents of this machine answer later there.
        "SCHEDULING_PUBLIC_URL": options.address,
        **key_files,
    }
    given = {name: value for name, value in environ.items() if value}
    # NAME_FILE, where a person gives one, stands for NAME.
    missing = {n: v for n, v in defaults.items() if f"{n}_FILE" not in given}
    return {
        **missing,
        **given,
        "DATA_DIR": str(options.data_dir),
        "PYTHONUNBUFFERED": "1",
        MARK: str(options.data_dir),
    }
