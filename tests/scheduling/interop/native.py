"""Files of Backbeat's own format for tests, and the commands that load and write them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

REPORT = """\
backbeat: 1
agents:
- id: analyst
  name: Analyst
  backend: echo
tasks:
- id: report
  name: Report
  agent_id: analyst
  input_message: Report.
  schedule_type: daily
  schedule_time: 07:00
  webhooks:
  - name: team
    url: https://example.com/secret-path
    headers: {Authorization: Bearer abc}
- id: digest
  name: Digest
  agent_id: analyst
  input_message: Sum up.
  schedule_type: none
  parents: [report]
  tags: [vn]
"""


class Files:
    """A folder of files to load."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, text: str, name: str = "tasks.yaml") -> str:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def load(self, text: str, *args: str, name: str = "tasks.yaml") -> str:
        out = io.StringIO()
        call_command("load_tasks", self.write(text, name), *args, stdout=out)
        return out.getvalue()

    def plan(self, text: str, *args: str, name: str = "tasks.yaml") -> dict[str, Any]:
        """What would become of each thing: `{"report": "create"}`."""
        told: dict[str, Any] = json.loads(self.load(text, "--json", "--dry-run", *args, name=name))  # fmt: skip
        return {each["id"]: each["action"] for each in told["items"]}

    def refused(self, text: str, *args: str, name: str = "tasks.yaml") -> tuple[int, list[str]]:  # fmt: skip
        """The exit code, and the lines that say why."""
        told = io.StringIO()
        with pytest.raises(CommandError) as refusal:
            call_command("load_tasks", self.write(text, name), *args, stderr=told)
        return refusal.value.returncode, [
            *told.getvalue().splitlines(),
            str(refusal.value),
        ]


def dumped(*args: str) -> str:
    out = io.StringIO()
    call_command("dump_tasks", *args, stdout=out)
    return out.getvalue()
