"""The start, step by step, and the stop: what `manage.py up` does.

1. lock the data folder, so that nobody else starts here
2. look at the ports, end what an earlier start left behind, read or make the keys
3. Valkey, unless REDIS_URL names another broker
4. `manage.py prepare`: migrations, static files, first admin
5. web, worker, sender, beat; wait until the web answers, or without one until all work
6. tell the person; watch until Ctrl-C or SIGTERM; stop in order
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from config.supervisor import valkey
from config.supervisor.console import Console
from config.supervisor.exceptions import StopRequestedError, SupervisorError
from config.supervisor.keys import key_files
from config.supervisor.leftovers import end_leftovers
from config.supervisor.lock import DataFolderLock
from config.supervisor.options import Options, child_environment
from config.supervisor.plan import await_spec, prepare_spec, service_specs
from config.supervisor.readiness import require_free_port, web_answers
from config.supervisor.supervisor import Supervisor

VALKEY_SECONDS = 60.0
"""A large append-only file takes time to load."""
WEB_SECONDS = 120.0
ALL_SECONDS = 60.0


def up(
    options: Options,
    environ: Mapping[str, str],
    console: Console,
    *,
    command: str = "up",
) -> int:
    """Start Backbeat and stay until it is stopped; return the exit code of the command.

    0 after an ordered stop, 1 if a process did not come up or the folder is held already, 2 if
    nothing could be started. Without a web process all others are awaited.
    """
    try:
        with DataFolderLock(options.data_dir, command):
            _start_and_watch(options, environ, console)
    except StopRequestedError:
        console.say("stopped before everything stood")
        return 0
    except SupervisorError as error:
        console.say(str(error))
        return error.exit_code
    return 0


def _start_and_watch(
    options: Options, environ: Mapping[str, str], console: Console
) -> None:
    end_leftovers(options.data_dir, console.say)
    for port in options.ports:
        require_free_port(options.host, port)
    socket = valkey.socket_path(options.data_dir)
    env = child_environment(
        options,
        environ,
        redis_url=valkey.redis_url(socket),
        key_files=key_files(options.data_dir, environ),
    )
    own_broker = not (environ.get("REDIS_URL") or environ.get("REDIS_URL_FILE"))
    services = service_specs(options, env)
    try:
        with Supervisor(console, options.data_dir / "pids.json") as supervisor:
            if own_broker:
                server = valkey.find_server(environ.get("PATH"))
                supervisor.start(valkey.server_spec(server, options.data_dir, env))
                supervisor.wait_until(
                    partial(valkey.answers, socket),
                    what="Valkey",
                    seconds=VALKEY_SECONDS,
                )
            for_web = bool(options.webs)
            console.say(f"preparing the database{' and the static files' * for_web}")
            printed = supervisor.run_once(prepare_spec(env, for_web=for_web))
            welcome = [line for line in printed if line.strip()]
            console.say("starting " + ", ".join(spec.name for spec in services))
            for spec in services:
                supervisor.start(spec)
            for port in options.ports:
                supervisor.wait_until(
                    partial(web_answers, options.reachable_host, port),
                    what=f"the web process on port {port}",
                    seconds=WEB_SECONDS,
                )
            if not for_web:
                supervisor.run_once(await_spec(env, ALL_SECONDS))
            console.block(_ready_lines(options, welcome))
            supervisor.run()
    finally:
        # Whatever left its process group is found by its environment.
        end_leftovers(options.data_dir, console.say, patience=2.0)
    console.say("everything has stopped")


def _ready_lines(options: Options, welcome: list[str]) -> list[str]:
    python = os.path.relpath(sys.executable)
    # The commands find the keys in the data folder, and only there.
    here = Path("data").resolve() == options.data_dir
    manage = f"{'' if here else f'DATA_DIR={options.data_dir} '}{python} manage.py"
    if not options.webs:
        return [
            "Backbeat's scheduler is running.",
            "",
            *welcome,
            f"Status       {manage} scheduler status",
            f"Stop         {manage} scheduler stop",
            f"Data folder  {options.data_dir}",
        ]
    return [
        "Backbeat is running.",
        "",
        f"Address      {options.address}/",
        f"Admin        {options.address}/admin/",
        *(welcome or [f"Login        as before; else: {manage} changepassword admin"]),
        f"API token    {manage} create_token admin",
        f"Data folder  {options.data_dir}",
        "",
        "Ctrl-C stops it.",
    ]
