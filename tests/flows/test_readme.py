"""What the README shows works as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.conftest import Installation

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_format_of_the_readme_can_be_added(tmp_path: Path) -> None:
    (tmp_path / "my_formats.py").write_text(block("python"), encoding="utf-8")
    code = (
        "import django; django.setup()\n"
        "from notifications.formatters import get_formatter\n"
        "from notifications.formatters.base import FormatConfig, NotificationPayload\n"
        "payload = NotificationPayload(task_id='t', task_name='T', run_id='r', user_id='',"
        " output_type='text', content='hello', metadata={})\n"
        "print(get_formatter('my_format').messages(payload, FormatConfig()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "NOTIFICATIONS_FORMATTER_MODULES": "my_formats",
            "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "[{'task': 'T', 'message': 'hello'}]", done.stderr


@pytest.mark.broker
@pytest.mark.timeout(300)
def test_the_commands_of_the_readme_make_and_run_the_first_task(
    installation: Installation,
) -> None:
    commands = block("sh").replace("localhost:8000", installation.stack.url)
    commands = commands.replace(".venv/bin/python", sys.executable)
    # One installation serves several tests, and another one has made this agent and task.
    commands = commands.replace("simplize", "readme-agent")
    commands = commands.replace("morning-report-vn", "readme-task")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=ROOT,
        env=installation.stack.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert '"status":' in done.stdout
    (run,) = installation.await_runs("readme-task", "succeeded")
    assert run["notification_results"][0]["format"] == "signal_output"
