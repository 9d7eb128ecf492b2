"""docs/agents.md says what the code does."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scheduling.agents import AGENT_BACKENDS, backend_class, options_errors

ROOT = Path(__file__).parents[3]
DOC = (ROOT / "docs/agents.md").read_text()
#: The backends that the page tells of so far: a section each.
SECTIONS = dict(
    re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", DOC, re.DOTALL | re.MULTILINE)
)
DOCUMENTED = [
    *("llm", "http", "function", "command", "webhook_call", "tool_call", "message"),
    *("watch", "health", "echo"),
]


@pytest.mark.parametrize("kind", DOCUMENTED)
def test_the_table_of_a_backend_lists_exactly_its_options(kind):
    listed = re.findall(r"^\| `(\w+)` \|", SECTIONS[kind], re.MULTILINE)
    assert listed == list(backend_class(kind).options_class.model_fields)


@pytest.mark.parametrize("kind", DOCUMENTED)
def test_the_defaults_of_numbers_are_told(kind):
    for name, field in backend_class(kind).options_class.model_fields.items():
        if isinstance(field.default, int | float) and not isinstance(
            field.default, bool
        ):
            row = f"| `{name}` | {field.default:g} |".replace("1e+05", "100000")
            assert row in SECTIONS[kind]


@pytest.mark.parametrize("kind", DOCUMENTED)
def test_the_first_example_of_a_backend_is_valid(kind):
    example = re.search(r"```json\n(.*?)```", SECTIONS[kind], re.DOTALL)
    assert example is not None
    assert options_errors(kind, json.loads(example[1]), {}) == {}


@pytest.mark.parametrize("kind", DOCUMENTED)
def test_the_credentials_of_a_backend_are_told(kind):
    row = re.search(rf"^\| \[`{kind}`\].*\| (.*) \|$", DOC, re.MULTILINE)
    assert row is not None
    names = frozenset(re.findall(r"`(\w+)`", row[1]))
    assert names == backend_class(kind).credential_names


@pytest.mark.parametrize("kind", DOCUMENTED)
def test_every_option_describes_itself(kind):
    for name, field in backend_class(kind).options_class.model_fields.items():
        assert field.description, name


@pytest.mark.parametrize("kind", DOCUMENTED)
def test_the_label_is_the_one_in_the_list_of_backends(kind):
    assert backend_class(kind).label == AGENT_BACKENDS[kind][0]


def test_a_model_library_is_loaded_only_when_a_model_is_asked():
    program = (
        "import sys; from scheduling.agents import AGENT_BACKENDS, get_backend;"
        f"[get_backend(kind) for kind in {DOCUMENTED!r}];"
        "print({'pydantic_ai', 'openai', 'anthropic', 'django'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "set()"
