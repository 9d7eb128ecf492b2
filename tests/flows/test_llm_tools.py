"""A model that calls tools and answers by a schema, in a whole installation."""

from __future__ import annotations

import pytest

from tests.flows.conftest import Installation
from tests.modelserver.server import ModelServer

pytestmark = [pytest.mark.broker, pytest.mark.node, pytest.mark.timeout(400)]

SCHEMA = {
    "type": "object",
    "required": ["runs"],
    "properties": {"runs": {"type": "integer"}, "text": {"type": "string"}},
}


def test_a_model_looks_at_the_history_and_answers_by_a_schema(
    installation: Installation, model_server: ModelServer
) -> None:
    agent = {
        "id": "counter",
        "name": "Counter",
        "backend": "llm",
        "options": {
            "provider": "openai_compatible",
            "model": "gpt-4o",
            "base_url": model_server.openai_url,
            "tools": ["list_runs"],
            "output_schema": SCHEMA,
        },
        "credentials": {"api_key": "sk-test"},
    }
    installation.post("/v2/admin/agents/", agent)
    task = {
        "id": "count",
        "name": "Count",
        "agent_id": "counter",
        "input_message": "Count the runs.",
        "schedule_type": "interval",
        "interval_seconds": 86_400,
    }
    installation.post("/v2/admin/scheduled-tasks/", task)
    installation.post("/v2/admin/scheduled-tasks/count/run", status=202)
    run = installation.await_runs("count", "succeeded", seconds=60)[-1]
    assert run["output"] == "One run, and it goes on."
    told = str(model_server.journal()[-1]["body"]["messages"])
    assert "count" in told
