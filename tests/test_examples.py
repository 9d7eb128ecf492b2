"""The example agents: their files are read, their tasks made, and each function really runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest

from scheduling.agents import merged_options
from scheduling.agents.function import FunctionBackend
from scheduling.interop.formats.base import Context
from tests.scheduling.agents.conftest import context as agent_context
from tests.scheduling.agents.conftest import make_request  # noqa: F401 -- a fixture
from tests.scheduling.interop.loading import load, read, tasks_of

EXAMPLES = Path(__file__).parents[1] / "examples"
#: What each function says of its sample.
SAYS = {
    "aiops-bot:analyze_metrics": "1 readings are kept.",
    "aiops-bot:check_alerts": "load_per_cpu",
    "aiops-bot:forecast_disk": "/: ",
    "email-bot:write_digest": "# 4 new mails from 3 senders",
    "email-bot:find_urgent": "3 urgent mails.",
    "email-bot:list_unanswered": "2 threads wait for an answer.",
    "rag-chat:update_embeddings": "3 texts, 6 passages",
    "rag-chat:answer_question": "To reset your password open the sign-in page",
    "rag-chat:list_topics": '"delivery.txt"',
    "scraper-bot:watch_page": "Corner shop: ",
    "scraper-bot:extract_prices": '"Tea": 45500.5',
    "scraper-bot:check_links": "dead: gone.html.",
    "support-bot:triage_tickets": "T-1 [high] Shop is down",
    "support-bot:find_overdue": "of 3 open tickets are overdue",
    "support-bot:weekly_summary": "5 tickets: 3 open, 2 closed.",
}
NAMES = ("aiops", "email", "rag_chat", "scraper", "support")
context = agent_context


@pytest.fixture(autouse=True)
def allowed(configure):
    modules = tuple(f"examples.{name}.functions:*" for name in NAMES)
    configure("SCHEDULING", allowed_functions=modules)


def readings(name: str) -> Any:
    text = (EXAMPLES / name / "tasks.yaml").read_text(encoding="utf-8")
    return read("rq", text, Context(timezone="", name=name))


def test_there_are_three_tasks_in_each_of_the_five():
    assert {ref for name in NAMES for ref in tasks_of(readings(name))} == set(SAYS)
    assert all(len(tasks_of(readings(name))) == 3 for name in NAMES)


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_each_is_loaded_and_runs_in_a_process_of_its_own(name, make_request):  # noqa: F811
    found = readings(name)
    for task, ref in zip(load("rq", found), tasks_of(found), strict=True):
        options = merged_options("function", task.agent.options, task.agent_options)
        request = make_request(options, input_message=task.input_message)
        result = anyio.run(FunctionBackend().invoke, request)
        assert SAYS[ref] in result.output, ref


@pytest.mark.django_db
def test_what_it_keeps_is_told_apart_the_next_time(make_request):  # noqa: F811
    task = load("rq", readings("scraper"))[0]
    options = merged_options("function", task.agent.options, task.agent_options)
    first = anyio.run(FunctionBackend().invoke, make_request(options))
    again = make_request(options, state=first.state)
    assert "unchanged" in anyio.run(FunctionBackend().invoke, again).output
