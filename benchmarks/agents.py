"""How many runs that wait for a model does one worker process hold, and at what price?

    python -m benchmarks.agents [--runs 500] [--seconds 20] [--postgres URL]

Starts a broker, one worker, a beat and a model server that answers after a while, as real
processes, and lets that many tasks with the `llm` backend be due at one instant. Prints one JSON
object for a model at a known address, and one for an address of the agent's own (whose
connections are guarded): most runs in flight at once as the model server sees it, memory of the
worker process beyond what it had idle and CPU time of it, each per run, and how many succeeded.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from benchmarks.installation import PYTHON, databases, installation
from benchmarks.model_server import free_port


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--postgres", default=os.environ.get("TEST_POSTGRES_URL", ""))
    options = parser.parse_args()
    for name, url in databases(options.postgres).items():
        with installation(url) as env, _model_server(options.seconds) as model_url:
            env["OPENAI_API_KEY"] = "key-of-the-benchmark"
            env["OPENAI_BASE_URL"] = f"{model_url}/v1"
            env["SCHEDULING_AGENT_ALLOWED_ORIGINS"] = model_url
            with _processes(env) as worker:
                arguments = (name, worker, options.runs, options.seconds, model_url)
                subprocess.run(
                    [
                        *(PYTHON, "-m", "benchmarks.agents_rounds"),
                        *map(str, arguments),
                    ],
                    env=env,
                    check=True,
                )


@contextmanager
def _model_server(seconds: float) -> Iterator[str]:
    port = free_port()
    command = [PYTHON, "-m", "benchmarks.model_server", str(port), str(seconds)]
    process = subprocess.Popen(command)
    url = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with suppress(OSError), urllib.request.urlopen(f"{url}/peak", timeout=1):  # noqa: S310 -- loopback
                break
            time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _processes(env: dict[str, str]) -> Iterator[int]:
    """Yield the worker's pid."""
    from config.supervisor import plan

    log = Path(env["DATA_DIR"]) / "benchmark.log"
    with ExitStack() as stack, log.open("ab") as out:
        pids = []
        for command in (
            plan.worker_command(PYTHON, "worker"),
            plan.beat_command(PYTHON),
        ):
            process = subprocess.Popen(command, env=env, stdout=out, stderr=out)
            stack.callback(process.wait)
            stack.callback(process.terminate)
            pids.append(process.pid)
        yield pids[0]


if __name__ == "__main__":
    main()
