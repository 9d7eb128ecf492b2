"""Whatever a file holds, reading it raises nothing, and no two formats claim it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.interop.formats import FORMATS
from scheduling.interop.formats.base import Context, Document

FOREIGN = ("simplize", "rq", "apflow", "omniagent", "sympozium")
AGENTS = frozenset({"writer"})
LOADERS = [
    Context(timezone="", agents=AGENTS, name="n"),
    Context(timezone="UTC", agent_id="writer", agents=AGENTS, staff=False),
]
KEYS = st.sampled_from(
    """tasks jobs items id name kind apiVersion metadata spec namespace annotations schedule type
    function args kwargs enabled description agent schedule_type schedule_expression
    schedule_enabled schedule_time day_of_week day_of_month cron webhooks body_template headers
    input_message agent_id timezone max_runs run_count dependencies parent_id children schemas
    params inputs method action url body session_id message tool_name status once interval
    task agentRef suspend concurrencyPolicy firstTick cron:job:x read_as""".split()  # noqa: SIM905
)
TEXTS = st.sampled_from(
    [
        "writer",
        "a",
        "weekly",
        "cron",
        "interval",
        "once",
        "daily",
        "monthly",
        "none",
        "SympoziumSchedule",
        "List",
        "enabled",
        "send_message",
        "call_webhook",
        "call_tool",
        "sympozium.ai/v1alpha1",
        "9999-12-31T23:59:59-14:00",
        "UTC",
        "07:00",
        "math:sqrt",
        "true",
        "@every",
        "@daily",
        "1h",
        "2027-01-01T00:00:00Z",
        "1,3",
        "0 9 * * 1",
        "1,3 09:00",
        "5 minutes",
        "CRON_TZ= 0",
        "\x00",
        "�",
        "* * * * * *",
        "{",
        "[1]",
    ]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 40),
    st.integers(),
    st.floats(),
    TEXTS,
    st.text(max_size=8),
)


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6)


VALUES = st.recursive(SCALARS, _nested, max_leaves=30)


@pytest.mark.parametrize("kind", FOREIGN)
@given(value=VALUES, context=st.sampled_from(LOADERS))
@settings(max_examples=150, deadline=None)
def test_reading_anything_raises_nothing(kind: str, value: Any, context: Context):
    found = FORMATS[kind].read(Document(value=value), context)
    notes = (*found.faults, *found.remarks, *found.left_out)
    assert all(note.text for note in notes)


@given(value=VALUES)
@settings(max_examples=200, deadline=None)
def test_no_two_formats_claim_the_same_document(value: Any):
    assert sum(each.recognises(value) for each in FORMATS.values()) <= 1
