"""Answers that must fit a schema."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from scheduling.agents.base import InvalidOutput
from scheduling.agents.llm import LlmOptions
from scheduling.agents.llm.schemas import misfit
from tests.scheduling.agents.llm_asking import SURFACES, KeepingRecorder, asker

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.node,
    # The model server says of Gemini what Gemini itself does not.
    pytest.mark.filterwarnings("ignore:FUNCTION_CALL is not a valid FinishReason"),
]
every_surface = pytest.mark.parametrize("surface", SURFACES)

SCHEMA = {
    "type": "object",
    "title": "price",
    "properties": {"price": {"type": "number"}, "text": {"type": "string"}},
    "required": ["price"],
}


@pytest.fixture
def ask(model_server, make_request):
    return asker(model_server, make_request)


@every_surface
async def test_an_answer_that_fits_is_data_and_text(ask, surface):
    result = await ask(surface, "a typed price", output_schema=SCHEMA)
    assert result.data == {"price": 12.5, "text": "It costs 12.50."}
    assert (result.output, result.output_type) == ("It costs 12.50.", "json")


@every_surface
async def test_an_answer_that_does_not_fit_is_mended_once(ask, model_server, surface):
    result = await ask(surface, "a price mended", output_schema=SCHEMA)
    assert result.data == {"price": 3}
    assert json.loads(result.output) == {"price": 3}
    assert result.usage.requests == 2
    told = str(model_server.journal()[-1]["body"]["messages"])
    assert "$.price" in told
    assert "is not of type" in told


@every_surface
async def test_an_answer_that_never_fits_is_invalid_and_says_where(ask, surface):
    with pytest.raises(
        InvalidOutput, match=r"\$\.price: 'much' is not of type 'number'"
    ) as caught:
        await ask(surface, "a price never right", output_schema=SCHEMA)
    assert caught.value.usage is not None
    assert caught.value.usage.requests == 2
    assert not caught.value.retryable


async def test_it_may_be_mended_as_often_as_the_options_say(ask):
    recorder = KeepingRecorder()
    with pytest.raises(InvalidOutput):
        await ask(
            "openai",
            "a price never right",
            output_schema=SCHEMA,
            output_retries=0,
            request={"recorder": recorder},
        )
    assert len(recorder.steps) == 1


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "object", "properties": {"a": {"type": "nmber"}}}, r"\$\.properties\.a\.type"),
        ({"type": "array"}, '"type": "object"'),
        ({}, '"type": "object"'),
        ({"type": "object", "properties": {"a": {"$ref": "https://x.example/s"}}}, "x.example"),
        ({"type": "object", "properties": {"next": {"$ref": "#"}}}, "circle"),
    ],
)  # fmt: skip
def test_a_schema_that_is_none_is_refused(schema, words):
    with pytest.raises(ValidationError, match=words):
        LlmOptions(provider="openai", model="m", output_schema=schema)


def test_a_misfit_names_the_place():
    schema = {
        "type": "object",
        "properties": {"items": {"type": "array", "items": {"type": "integer"}}},
    }
    assert misfit(schema, {"items": [1, "x"]}).startswith("$.items[1]: 'x'")
    assert misfit(schema, {"items": [1]}) == ""
