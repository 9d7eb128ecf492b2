"""How soon is an edit honoured, and what does it cost beat, with 10 tasks and with 10 000?

    python -m benchmarks.edits [--few 10] [--many 10000] [--rounds 40] [--postgres URL]

Starts a broker and a beat as real processes on a database of its own. Each round moves a task's
moment to a few milliseconds from now and waits for its run. Prints one JSON object a database: for
each number of tasks the seconds from the moment to the dispatched run (p50, max), the seconds that
the edit itself took, the CPU seconds that beat spent for each edit, and the ratios many / few.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from pathlib import Path

from benchmarks.installation import PYTHON, databases, installation


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--few", type=int, default=10)
    parser.add_argument("--many", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--postgres", default=os.environ.get("TEST_POSTGRES_URL", ""))
    options = parser.parse_args()
    for name, url in databases(options.postgres).items():
        with installation(url) as env:
            _measure(name, env, options)


def _measure(name: str, env: dict[str, str], options: argparse.Namespace) -> None:
    from config.supervisor import plan

    log = Path(tempfile.gettempdir()) / "backbeat-benchmark.log"
    with log.open("ab") as out:
        beat = subprocess.Popen(
            plan.beat_command(PYTHON), env=env, stdout=out, stderr=out
        )
        try:
            subprocess.run(
                [
                    *(PYTHON, "-m", "benchmarks.edits_rounds", name, str(beat.pid)),
                    *(str(options.few), str(options.many), str(options.rounds)),
                ],
                env=env,
                check=True,
            )
        finally:
            beat.terminate()
            beat.wait()


if __name__ == "__main__":
    main()
