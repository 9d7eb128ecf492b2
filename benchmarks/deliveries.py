"""How fast do N deliveries arrive at M receivers of which three misbehave?

    python -m benchmarks.deliveries [--deliveries 2000] [--receivers 20] [--senders 1]
                                    [--postgres URL]

One receiver hangs, one answers 500, one 429. Starts a broker, senders and a beat as real
processes on a database of its own, owes all deliveries at one instant and rings once. Prints one
JSON object a database: seconds until the last good one had arrived, deliveries per second,
duplicates at the good receivers, and lag in seconds from the ring (p50, p95, max).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.installation import PYTHON, databases, installation
from benchmarks.receivers import Receiver, receiving

MISBEHAVING = ["hangs", "500", "429"]
PATIENCE = 180.0
"""Seconds after which it is given up, and what has arrived is told."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--deliveries", type=int, default=2000)
    parser.add_argument("--receivers", type=int, default=20)
    parser.add_argument("--senders", type=int, default=1)
    parser.add_argument("--postgres", default=os.environ.get("TEST_POSTGRES_URL", ""))
    options = parser.parse_args()
    kinds = MISBEHAVING + ["good"] * (options.receivers - len(MISBEHAVING))
    for name, url in databases(options.postgres).items():
        with receiving(kinds) as receivers, installation(url) as env:
            origins = ",".join(each.origin for each in receivers)
            env |= {"NOTIFICATIONS_ALLOWED_ORIGINS": origins}
            with _processes(env, options.senders):
                _warm_up(receivers, env)
                began = _owe(options.deliveries, receivers, env)
                good = [each for each in receivers if each.kind == "good"]
                wanted = _expected(options.deliveries, receivers)
                _await(good, wanted)
                told = {"database": name, "senders": options.senders}
                told |= _figures(good, wanted, began)
                sys.stdout.write(json.dumps(told) + "\n")


def _warm_up(receivers: list[Receiver], env: dict[str, str]) -> None:
    """Wait until senders send: one to each good receiver, forgotten afterwards."""
    good = [each for each in receivers if each.kind == "good"]
    _owe(len(good), good, env)
    _await(good, len(good))
    for each in good:
        each.arrived.clear()


def _owe(count: int, receivers: list[Receiver], env: dict[str, str]) -> float:
    urls = [f"{each.origin}/hook" for each in receivers]
    done = subprocess.run(
        [PYTHON, "-m", "benchmarks.deliveries_rows", str(count), *urls],
        env=env,
        check=True,
        stdout=subprocess.PIPE,
    )
    return float(done.stdout.split()[-1])


def _expected(count: int, receivers: list[Receiver]) -> int:
    """How many of `count` deliveries, given out in turn, lead to good receivers."""
    return sum(receivers[n % len(receivers)].kind == "good" for n in range(count))


def _await(good: list[Receiver], wanted: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while sum(len(each.arrived) for each in good) < wanted:
        if time.monotonic() > deadline:
            return
        time.sleep(0.05)
    time.sleep(1)  # what comes twice comes now


def _figures(good: list[Receiver], wanted: int, began: float) -> dict[str, object]:
    seen = [each for receiver in good for each in receiver.arrived]
    ids = Counter(name for name, _ in seen)
    lags = sorted(at - began for _, at in seen)
    seconds = lags[-1] if lags else 0.0
    return {
        "good": wanted,
        "arrived": len(ids),
        "duplicates": len(seen) - len(ids),
        "seconds": round(seconds, 2),
        "per_second": round(len(ids) / seconds, 1) if seconds else 0,
        "lag_p50": round(statistics.median(lags), 2) if lags else None,
        "lag_p95": round(lags[int(len(lags) * 0.95)], 2) if lags else None,
        "load": [round(each, 1) for each in os.getloadavg()],
    }


@contextmanager
def _processes(env: dict[str, str], senders: int) -> Iterator[None]:
    from config.supervisor import plan

    commands = [
        *(plan.sender_command(PYTHON, f"sender-{n}") for n in range(senders)),
        plan.beat_command(PYTHON),
    ]
    log = Path(tempfile.gettempdir()) / "backbeat-benchmark.log"
    with ExitStack() as stack, log.open("ab") as out:
        for command in commands:
            process = subprocess.Popen(command, env=env, stdout=out, stderr=out)
            stack.callback(process.wait)
            stack.callback(process.terminate)
        yield


if __name__ == "__main__":
    main()
