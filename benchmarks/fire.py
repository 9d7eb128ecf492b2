"""How late do N tasks start that are due at one instant, and how fast do they all end?

    python -m benchmarks.fire [--tasks 1000] [--rounds 3] [--webhooks 0] [--postgres URL]

Starts a broker, a worker, a sender and a beat as real processes on a database of its own, plans
the tasks for one instant, and prints one JSON object a database: lag in seconds from the slot to
the agent's first line (p50, p99, max over all rounds), the instant of the last finish, and runs
per second from the slot to the last finish.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.installation import PYTHON, databases, installation


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--webhooks", type=int, default=0, help="signal outputs per run"
    )
    parser.add_argument("--postgres", default=os.environ.get("TEST_POSTGRES_URL", ""))
    options = parser.parse_args()
    for name, url in databases(options.postgres).items():
        with installation(url) as env, _processes(env):
            subprocess.run(
                [
                    *(PYTHON, "-m", "benchmarks.fire_rounds", name),
                    *(str(options.tasks), str(options.rounds), str(options.webhooks)),
                ],
                env=env,
                check=True,
            )


@contextmanager
def _processes(env: dict[str, str]) -> Iterator[None]:
    from config.supervisor import plan

    commands = (
        plan.worker_command(PYTHON, "worker"),
        plan.sender_command(PYTHON, "sender"),
        plan.beat_command(PYTHON),
    )
    log = Path(tempfile.gettempdir()) / "backbeat-benchmark.log"
    with ExitStack() as stack, log.open("ab") as out:
        for command in commands:
            process = subprocess.Popen(command, env=env, stdout=out, stderr=out)
            stack.callback(process.wait)
            stack.callback(process.terminate)
        yield


if __name__ == "__main__":
    main()
