"""`python -m benchmarks [NAME] [ARGUMENTS]`: run a benchmark, or list them."""

from __future__ import annotations

import runpy
import sys

BENCHMARKS = {
    "fire": "how late N tasks start that are due at one instant, and how fast they end",
    "agents": "how many runs that wait for a model one worker process holds, and its price",
    "deliveries": "how fast 2 000 deliveries arrive at 20 receivers of which three misbehave",
    "edits": "how soon an edit is honoured, with 10 tasks and with 10 000",
    "lists": "how fast the admin's lists answer with many tasks and runs",
}


def main() -> int:
    """Run the benchmark named first; without one, list them. Returns the exit code."""
    if len(sys.argv) < 2 or sys.argv[1] not in BENCHMARKS:
        for name, question in BENCHMARKS.items():
            print(f"{name:10} {question}")
        return 0 if sys.argv[1:] in ([], ["--help"]) else 2
    name = sys.argv.pop(1)
    runpy.run_module(f"benchmarks.{name}", run_name="__main__", alter_sys=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
