"""`manage.py` by itself, as a person types it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parents[1]


def test_a_data_folder_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    surroundings = {"PATH": os.defpath, "DATA_DIR": str(tmp_path / "elsewhere")}
    done = subprocess.run(
        [sys.executable, "manage.py", "mcp", "--user", "admin"],
        cwd=PROJECT_DIR,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("There is no database here.")
    assert "DATA_DIR" in done.stderr
    assert done.stderr.count("\n") == 1
