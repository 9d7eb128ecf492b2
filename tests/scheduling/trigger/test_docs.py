"""What docs/triggers.md shows works as it stands there."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from scheduling import services
from scheduling.interop.trigger import hook
from scheduling.models import Run
from tests.factories import make_task

PAGE = (Path(__file__).resolve().parents[3] / "docs/triggers.md").read_text("utf-8")


def block(language):
    return re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[1]


@pytest.mark.timeout(120)
def test_its_curl_lines_begin_runs(transactional_db, live_server):
    task = make_task(id="report")
    keys = {
        kind: services.make_trigger_key(task, kind=kind, user=None)[1]
        for kind in ("token", "secret")
    }
    named = {"URL": live_server.url, "TASK": "report", "TOKEN": keys["token"], "SECRET": keys["secret"]}  # fmt: skip
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block("bash")],
        env={**os.environ, **named, "no_proxy": "*"},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    answers = [json.loads(each) for each in re.findall(r"\{.*?\}(?=\{|$)", done.stdout)]
    statuses = [each["status"] for each in answers]
    assert statuses == ["triggered"] * 4 + ["running"]
    assert answers[2]["run_id"] == answers[3]["run_id"]
    assert Run.objects.count() == 4
    assert Run.objects.get(id=answers[1]["run_id"]).event["payload"] == {"ticker": "VCB"}  # fmt: skip


def test_its_hook_judges(db):
    names: dict[str, Any] = {}
    exec(block("python"), names)  # noqa: S102 -- our own page
    context = {"task_id": "a", "signature": "", "timestamp": "", "client_ip": "", "body": b""}  # fmt: skip
    known = hook.VerifyContext(**context, headers={"x-gateway": "ours"})
    assert names["judge"](known).user_id == "lan"
    assert names["judge"](hook.VerifyContext(**context, headers={})) is None
