"""From a run of a real model client to the row: typed outputs as signals, and the memory's tool."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from notifications.models import Delivery
from notifications.sender import deliver
from scheduling import services
from scheduling.models import Run
from signals.models import SignalOutput
from tests.factories import make_agent, make_run, make_task, make_webhook
from tests.scheduling.threads import in_thread

pytestmark = [pytest.mark.node, pytest.mark.django_db(transaction=True)]

SIGNAL: dict[str, Any] = {
    "type": "object",
    "properties": {"ticker": {"type": "string"}, "event_type": {"type": "string"}},
    "required": ["ticker"],
}


@pytest.fixture
def run_of(model_server, make_worker):
    """`run_of(message)`: a run of an `llm` agent with a webhook of the signal format, ended."""
    worker = make_worker(agent_allowed_origins=(model_server.url,))

    def ended(
        message: str, *, schema: Any = None, tools: Any = (), **fields: Any
    ) -> Run:
        options = {"provider": "openai_compatible", "model": "m", "base_url": model_server.openai_url}  # fmt: skip
        options |= {"output_schema": schema} if schema else {"tools": list(tools)}
        agent = make_agent(id="analyst", backend="llm", options=options)
        task = make_task(agent=agent, input_message=message, **fields)
        make_webhook(task, url="", format="signal_output")
        run = make_run(task, max_attempts=1)
        in_thread(worker.run_chunk, [run.id]).result(timeout=60)
        run.refresh_from_db()
        deliver(list(Delivery.objects.values_list("id", flat=True)))
        return run

    return ended


def test_a_typed_output_becomes_a_signal_with_its_fields(run_of):
    run = run_of("one typed signal", schema=SIGNAL)
    assert (run.status, run.output) == ("succeeded", "FPT beats expectations.")
    assert run.output_data["ticker"] == "FPT"
    signal = SignalOutput.objects.get()
    assert (signal.ticker, signal.event_type, signal.source) == ("FPT", "earnings", "hose")  # fmt: skip
    assert signal.event_date == date(2027, 1, 30)
    assert (signal.layer1_result, signal.signal_factors) == ({"score": 0.7}, ["volume"])
    assert (signal.content, signal.output_type) == ("FPT beats expectations.", "json")
    assert (signal.run_id, signal.status) == (str(run.id), "new")
    assert Delivery.objects.get().status == "delivered"


def test_a_list_of_signals_becomes_a_row_each(run_of):
    schema = {"type": "object", "properties": {"signals": {"type": "array", "items": SIGNAL}}}  # fmt: skip
    run_of("two typed signals", schema=schema)
    first, second = SignalOutput.objects.order_by("id")
    assert (first.ticker, second.ticker, second.event_type) == ("FPT", "VIC", "split")
    assert second.content == {"ticker": "VIC", "event_type": "split", "confidence": 0.4}  # fmt: skip


def test_a_wrong_output_is_invalid_says_why_and_is_no_signal(run_of):
    run = run_of("a signal without a ticker", schema=SIGNAL)
    assert (run.status, run.failure_reason) == ("failed", "invalid_output")
    assert "is a required property" in run.error or "is not of type" in run.error
    assert not SignalOutput.objects.exclude(output_type="error").exists()


def test_a_model_notes_down_by_the_tool_what_its_next_run_is_shown(run_of):
    run = run_of("note it down by a tool", tools=["write_memory"], include_memory=True)
    assert (run.status, run.output, run.tool_calls) == ("succeeded", "Noted.", 1)
    assert services.memory_of(run.task).content == "Seen: FPT"
    assert services.memory_versions(run.task)[0].run_id == run.id
