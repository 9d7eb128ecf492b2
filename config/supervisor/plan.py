"""Which processes make a Backbeat, and their commands: also those of docker-compose.yml.

Every scheduled moment comes from a beat; the `agents` queue is served by workers,
the other two by senders, so that no slow agent holds up a delivery.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from config.supervisor.exceptions import CannotStartError
from config.supervisor.options import Options
from config.supervisor.processes import ChildSpec, Role
from scheduling.conf import AGENTS_QUEUE, HOUSE_QUEUE, own_queue

PROJECT_DIR = Path(__file__).resolve().parents[2]
WEB_THREADS = 16
WORKER_THREADS = 256
SENDER_THREADS = 64
DEFAULT_MAX_RSS_MB = 1500


def data_folder(argument: str | None) -> Path:
    """Return the folder of all data: the argument, DATA_DIR, or `data` beside manage.py."""
    given = argument or os.environ.get("DATA_DIR")
    return Path(given).expanduser().resolve() if given else PROJECT_DIR / "data"


def prepare_command(python: str) -> tuple[str, ...]:
    """Return the step before all others: migrations, static files, first admin."""
    return (python, "manage.py", "prepare")


def web_command(python: str, host: str, port: int) -> tuple[str, ...]:
    """Return the web server. It ends when its one worker process dies, to be started again."""
    return (
        *(python, "-m", "granian", "--interface", "wsgi", "config.wsgi:application"),
        *("--host", host, "--port", str(port)),
        *("--workers", "1", "--blocking-threads", str(WEB_THREADS)),
        *("--workers-kill-timeout", "5", "--no-ws"),
        *("--log-level", "error", "--no-access-log"),
    )


def worker_command(python: str, name: str, serve_user: str = "") -> tuple[str, ...]:
    """Return the process that runs agents."""
    node, queue = own_queue(name, serve_user), own_queue(AGENTS_QUEUE, serve_user)
    return _celery_worker(python, node, queue, WORKER_THREADS)


def sender_command(python: str, name: str, serve_user: str = "") -> tuple[str, ...]:
    """Return the process that delivers, and does the housekeeping."""
    node, house = own_queue(name, serve_user), own_queue(HOUSE_QUEUE, serve_user)
    return _celery_worker(python, node, f"notifications,{house}", SENDER_THREADS)


def beat_command(python: str) -> tuple[str, ...]:
    """Return the source of time; several stand by for each other."""
    return (
        *(python, "-m", "celery", "-q", "-A", "config"),
        *("beat", "--pidfile=", "-l", "INFO"),
    )


def _celery_worker(
    python: str, name: str, queues: str, threads: int
) -> tuple[str, ...]:
    return (
        *(python, "-m", "celery", "-q", "-A", "config"),
        *("worker", "-n", f"{name}@%h"),
        *("-Q", queues, "-P", "threads", "-c", str(threads)),
        *("--without-mingle", "--without-gossip", "-l", "INFO"),
    )


def prepare_spec(
    env: Mapping[str, str], python: str = sys.executable, *, for_web: bool = True
) -> ChildSpec:
    """Return the preparing step as a child; who has no web needs no static files and no admin."""
    less = () if for_web else ("--no-static", "--no-admin")
    return ChildSpec(
        name="prepare",
        role=Role.PREPARE,
        argv=(*prepare_command(python), *less),
        env=env,
        cwd=PROJECT_DIR,
    )


def await_spec(
    env: Mapping[str, str], seconds: float, python: str = sys.executable
) -> ChildSpec:
    """Return the step that ends when all workers, senders and beats are at work."""
    return ChildSpec(
        name="status",
        role=Role.PREPARE,
        argv=(python, "manage.py", "scheduler", "status", "--wait", f"{seconds:g}"),
        env=env,
        cwd=PROJECT_DIR,
    )


def service_specs(
    options: Options, env: Mapping[str, str], python: str = sys.executable
) -> list[ChildSpec]:
    """Return the long-lived processes in the order in which they are started.

    A lone process is called after its role (`worker`), several are numbered (`worker-1`).
    Raises CannotStartError if a number in `env` cannot be read.
    """
    # A worker gives its runs back after the drain; what it needs beyond is for the database.
    drain = _number(env, "SCHEDULING_DRAIN_SECONDS", 10)
    post = _number(env, "NOTIFICATIONS_TOTAL_SECONDS", 20)
    max_rss = int(_number(env, "MAX_RSS_MB", DEFAULT_MAX_RSS_MB)) * 2**20
    user = env.get("SCHEDULING_SERVE_USER", "")

    def spec(
        role: Role, name: str, argv: tuple[str, ...], stop: float, rss: int = 0
    ) -> ChildSpec:
        return ChildSpec(
            name=name,
            role=role,
            argv=argv,
            env=env,
            cwd=PROJECT_DIR,
            stop_seconds=stop,
            max_rss_bytes=rss,
        )

    webs = zip(_names("web", options.webs), options.ports, strict=True)
    return [
        *(
            spec(Role.WEB, name, web_command(python, options.host, port), 10)
            for name, port in webs
        ),
        *(
            spec(
                Role.WORKER,
                name,
                worker_command(python, name, user),
                drain + 20,
                max_rss,
            )
            for name in _names("worker", options.workers)
        ),
        *(
            spec(
                Role.SENDER,
                name,
                sender_command(python, name, user),
                post + 10,
                max_rss,
            )
            for name in _names("sender", options.senders)
        ),
        *(
            spec(Role.BEAT, name, beat_command(python), 10)
            for name in _names("beat", options.beats)
        ),
    ]


def _names(role: str, count: int) -> list[str]:
    if count == 1:
        return [role]
    return [f"{role}-{number}" for number in range(1, count + 1)]


def _number(env: Mapping[str, str], name: str, default: float) -> float:
    raw = env.get(name) or str(default)
    try:
        return float(raw)
    except ValueError as error:
        raise CannotStartError(f"{name}={raw} is not a number.") from error
