"""Users of the five systems move in: their files are loaded, run, and go out again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from tests.flows.conftest import Installation
from tests.flows.stack import PROJECT_DIR

pytestmark = [pytest.mark.broker, pytest.mark.timeout(400)]
SIMPLIZE = {
    "id": "morning-report", "name": "Báo cáo sáng", "active": True, "agent_id": "mover",
    "target_user_id": "1", "input_message": "Tổng hợp thị trường.", "schedule_type": "cron",
    "cron_expression": "0 7 * * 1-5", "timezone": "Asia/Ho_Chi_Minh",
}  # fmt: skip
APFLOW = {
    "id": "af-1", "name": "Daily report", "user_id": "1", "schemas": {"method": "mover"},
    "inputs": {"prompt": "Write the report."}, "schedule_type": "weekly",
    "schedule_expression": "1,3,5 09:00", "schedule_enabled": True, "max_runs": 10, "run_count": 3,
}  # fmt: skip
SYMPOZIUM = """
apiVersion: sympozium.ai/v1alpha1
kind: SympoziumSchedule
metadata: {name: nightly-sweep, namespace: default}
spec: {agentRef: mover, schedule: "0 2 * * 1-5", task: Sweep., firstTick: afterInterval}
"""


def omniagent(url: str) -> dict[str, Any]:
    return {
        "id": "job-1", "name": "Ping", "schedule": {"cron": "0 30 7 * * 1-5"}, "status": "enabled",
        "action": {"type": "call_webhook", "url": url, "method": "POST", "body": {"a": 1}},
    }  # fmt: skip


#: What the first task of each file says when it has run.
SAID = {
    "simplize": "Tổng hợp thị trường.",
    "rq": "readings are kept",
    "apflow": "Write the report.",
    "omniagent": "pong",
    "sympozium": "Sweep.",
}


def test_files_of_all_five_systems_are_loaded_run_and_go_out_as_they_came_in(
    installation: Installation, outside: HTTPServer, tmp_path: Path
) -> None:
    outside.expect_request("/moved").respond_with_data("pong")
    installation.make_agent("mover", "echo")
    texts = {
        "simplize": json.dumps(SIMPLIZE),
        "rq": (PROJECT_DIR / "examples/aiops/tasks.yaml").read_text(encoding="utf-8"),
        "apflow": json.dumps(APFLOW),
        "omniagent": json.dumps(omniagent(outside.url_for("/moved"))),
        "sympozium": SYMPOZIUM,
    }
    for system, text in texts.items():
        (tmp_path / f"{system}.yaml").write_text(text, encoding="utf-8")
    files = [str(tmp_path / f"{system}.yaml") for system in texts]

    def load(*paths: str) -> list[dict[str, Any]]:
        printed = installation.stack.manage(
            "load_tasks", *paths, "--timezone", "UTC", "--json"
        )
        items: list[dict[str, Any]] = json.loads(printed)["items"]
        return items

    loaded = load(*files)
    assert {each["action"] for each in loaded} == {"create"}
    tasks: dict[str, list[str]] = {system: [] for system in texts}
    for each in loaded:
        if each["kind"] == "task":
            tasks[each["file"].removesuffix(".yaml")].append(each["id"])

    for system, said in SAID.items():
        installation.post(
            f"/v2/admin/scheduled-tasks/{tasks[system][0]}/run", status=202
        )
        (run,) = installation.await_runs(tasks[system][0], "succeeded")
        assert said in run["output"]

    assert {each["action"] for each in load(*files)} == {"unchanged"}
    for system, ids in tasks.items():
        Path(tmp_path / f"{system}.yaml").unlink()
        installation.stack.manage(
            "dump_tasks", *ids, "--format", system, "--secrets",
            "--output", str(tmp_path / f"{system}.yaml"),
        )  # fmt: skip
    assert {each["action"] for each in load(*files)} == {"unchanged"}
