"""The API does what its OpenAPI document says: schemathesis sends what fits it, and what does not.

In the gate there are few examples of each operation, always the same ones. More, and others each
time, with the edges of every parameter and chains of requests: SCHEMATHESIS_EXAMPLES=30, for some
operations only with SCHEMATHESIS_ONLY=create_task,list_tasks.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.transport.wsgi import WSGITransport

from config.wsgi import application
from pages.tokens import make_token
from tests.access import person, things

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "0"))
ONLY = [each for each in os.environ.get("SCHEMATHESIS_ONLY", "").split(",") if each]

pytestmark = [
    pytest.mark.usefixtures("shared_database", "in_process"),
    pytest.mark.timeout(7200 if EXAMPLES else 300),
    pytest.mark.filterwarnings("ignore"),  # what libraries of others warn of, asked so
    pytest.mark.access,
]

#: No right, no such thing, not now: a schema says nothing of what is stored.
STORED = ["2xx", "3xx", 401, 403, 404, 409, 412, 422, 429]
#: What else a schema cannot say, by the words in which a 400 says it of a field.
UNSAYABLE = re.compile(
    "|".join(
        (
            r"is taken|is another \w+[:;]",  # an id that there is, or that stays
            r"There is no |Select a valid choice",  # one that there is not
            r"is no (format|event type|JMESPath|agent backend)|Extra inputs",  # what plug-ins and languages know
            r"is none of ours|is not a calendar file",  # what it is made of
            r"may not be blank|Null characters|Surrogate",  # of texts
            r"digits|more than 0|the most of one claim",  # of numbers
            r"wrong format|: expected |must be later|stays as it was",  # of times
            r"Give at least one|open, no task|give one of the two|both a beginning|needs the receiver|cannot run after",  # of several fields
        )
    )
)
#: What schemathesis itself does: fields it has learned from problems, headers against their pattern.
NOT_OURS = re.compile(r"errors: Unknown field\.|If-(None-)?Match: '0' is no")


def configuration(token: str) -> SchemathesisConfig:
    deep = {"enabled": bool(EXAMPLES)}
    return SchemathesisConfig.from_dict(
        {
            "headers": {"Authorization": f"Bearer {token}"},
            "continue-on-failure": True,
            "generation": {
                "deterministic": not EXAMPLES,
                "max-examples": EXAMPLES or 2,
                "database": "none",
                "no-shrink": True,
            },
            "checks": {
                "enabled": True,
                "positive_data_acceptance": {"expected-statuses": STORED},
                "negative_data_rejection": {
                    "expected-statuses": [400, *STORED[2:], 406, 413, 415]
                },
            },
            "phases": {"coverage": deep, "stateful": deep, "examples": deep},
        }
    )


@pytest.fixture
def in_process(monkeypatch):
    """The check of ignored credentials hands what is meant for a network to an application."""
    send = WSGITransport.send

    def without_network(self: Any, case: Any, **settings: Any) -> Any:
        if settings.get("session") is None:
            for name in ("max_redirects", "verify", "cert", "proxies"):
                settings.pop(name, None)
        return send(self, case, **settings)

    monkeypatch.setattr(WSGITransport, "send", without_network)


def found(token: str) -> Iterator[str]:
    """What schemathesis finds wrong, each with how to see it again."""
    schema: Any = schemathesis.openapi.from_wsgi(
        "/v2/schema",
        application,
        config=configuration(token),
        headers={"Accept": "application/json"},
    )
    schema = schema.exclude(operation_id="stream_events")  # it has no end
    schema = schema.include(operation_id=ONLY) if ONLY else schema
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            yield f"{getattr(event, 'label', '')}: {getattr(event, 'info', event)}"
        elif isinstance(event, events.ScenarioFinished):
            yield from _failures(event.recorder)


def _failures(recorder: Any) -> Iterator[str]:
    for case_id, nodes in recorder.checks.items():
        for node in nodes:
            if node.failure_info is None:
                continue
            failure = node.failure_info.failure
            interaction = recorder.interactions[case_id]
            answer, kind = interaction.response, type(failure).__name__
            if kind == "RejectedPositiveData" and _is_due(answer):
                continue
            if kind == "AcceptedNegativeData" and _is_left_out(
                failure.message, interaction.request.uri
            ):
                continue
            yield (
                f"{recorder.label}: {failure.title}\n{failure.message[:600]}\n"
                f"{answer.content[:600].decode(errors='replace')}\n{node.failure_info.code_sample[:600]}"
            )


def _is_due(answer: Any) -> bool:
    """Whether all that a 400 says is what a schema cannot say."""
    if answer.status_code != 400:
        return False
    problem = json.loads(answer.content)
    said = [each for texts in problem.get("errors", {}).values() for each in texts]
    return bool(NOT_OURS.match(problem["detail"])) or (
        bool(said) and all(map(UNSAYABLE.search, said))
    )


def _is_left_out(message: str, address: str) -> bool:
    """Whether what is said to be wrong is empty: `allowEmptyValue`, of which schemathesis knows nothing."""
    named = re.search(r"parameter `(\w+)` in query", message)
    query = parse_qs(urlsplit(address).query, keep_blank_values=True)
    return named is not None and query.get(named[1]) == [""]


@pytest.mark.parametrize("who", ["superuser", "stranger"])
def test_the_api_does_what_its_document_says(who):
    things()
    token = make_token(person(who), 1)[1]
    problems: dict[str, str] = {}
    for each in found(token):
        problems.setdefault(each.partition("\n")[0], each)
    assert not problems, "\n\n".join(problems.values())
