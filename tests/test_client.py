"""The Python client: it is the one that the document gives, and its guide's example runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pages.tokens import make_token
from scheduling.models import Run, ScheduledTask
from scripts.make_client import is_current
from tests.factories import make_agent, make_user

GUIDE = Path(__file__).parents[1] / "docs" / "client.md"


def test_the_client_is_made_of_the_document_as_it_is_now():
    assert is_current(), "run scripts/make_client.py"


@pytest.mark.django_db(transaction=True)
def test_the_example_of_the_guide_runs(live_server, monkeypatch, capsys):
    make_agent(id="simplize")
    boss = make_user(username="boss", is_staff=True, is_superuser=True)
    monkeypatch.setenv("BACKBEAT", live_server.url)
    monkeypatch.setenv("TOKEN", make_token(boss, 1)[1])
    (example,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    exec(compile(example, str(GUIDE), "exec"), {"__name__": "example"})  # noqa: S102 -- our own guide
    said = capsys.readouterr().out
    assert "2 runs" in said
    assert "412 If-Match" in said
    assert ScheduledTask.objects.get().name == "Theirs"
    assert Run.objects.count() == 2
