"""How fast do the admin's lists answer with N tasks and M runs?

    python -m benchmarks.lists [--tasks 10000] [--runs 200000] [--rounds 7] [--postgres URL]

Fills a database of its own and prints one JSON object for each: for every list the milliseconds
of a whole page (median and worst of the rounds, after one that warms up), this process's own part
of them (`cpu_ms`, which other work on the machine changes least), and its queries.
"""

from __future__ import annotations

import argparse
import os
import subprocess

from benchmarks.installation import PYTHON, databases, installation


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--postgres", default=os.environ.get("TEST_POSTGRES_URL", ""))
    options = parser.parse_args()
    for name, url in databases(options.postgres).items():
        with installation(url) as env:
            subprocess.run(
                [
                    *(PYTHON, "-m", "benchmarks.lists_pages", name),
                    *(str(options.tasks), str(options.runs), str(options.rounds)),
                ],
                env=env,
                check=True,
            )


if __name__ == "__main__":
    main()
