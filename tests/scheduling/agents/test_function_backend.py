"""The function backend, with real child processes."""

from __future__ import annotations

import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import pytest
from django.core.exceptions import ValidationError as DjangoValidationError
from pydantic import ValidationError

from scheduling.agents.base import (
    AgentError,
    AgentResult,
    InvalidOutput,
    Misconfigured,
    NoRecorder,
    ParentOutput,
)
from scheduling.agents.function import FunctionBackend, FunctionOptions
from scheduling.models import Agent
from tests.scheduling.agents import sample_functions

pytestmark = pytest.mark.anyio
MODULE = sample_functions.__name__


class Kept(NoRecorder):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def progress(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture(autouse=True)
def allowed(configure):
    configure("SCHEDULING", function_modules=(MODULE,))


@pytest.fixture
def call(make_request):
    async def call(function: str, *args: Any, **changes: Any) -> AgentResult:
        options = {"function": function, "args": args, **changes.pop("options", {})}
        request = make_request(FunctionOptions.model_validate(options), **changes)
        return await FunctionBackend().invoke(request)

    return call


async def test_what_a_function_returns_is_the_output(call):
    result = await call("greet", "world", options={"kwargs": {"mark": "!"}})
    assert (result.output, result.output_type, result.data) == ("Hello world!", "text", None)  # fmt: skip


async def test_a_coroutine_function_is_awaited(call):
    assert (await call("later", "Minh")).output == "Later, Minh"


async def test_the_arguments_of_other_systems_are_understood():
    def args_of(given: object) -> list[object]:
        return FunctionOptions.model_validate({"function": "f", "args": given}).args

    assert args_of({"a": 1, "b": 2}) == [1, 2]
    assert args_of("one") == ["one"]
    assert args_of(None) == []


async def test_a_function_gets_its_context_and_says_what_it_wants_to_keep(call):
    recorder = Kept()
    before = ParentOutput(task_name="Prices", status="succeeded", output="up", data=[1])
    result = await call(
        "show_context",
        recorder=recorder,
        memory="old",
        state={"count": 4},
        parents={"prices": before},
    )
    assert recorder.lines == ["half way"]
    assert result.memory == "old and more"
    assert result.state == {"count": 5}
    seen = result.data
    assert (seen["run_id"], seen["day"], seen["zone"]) == ("run-1", 1, "UTC")
    assert (seen["message"], seen["parent"]) == ("What is new?", [1])


async def test_it_sees_a_small_environment(call, monkeypatch, configure):
    monkeypatch.setenv("SECRET_KEY", "s3cret")
    monkeypatch.setenv("SHOP_URL", "https://shop.example")
    configure("SCHEDULING", command_environment=("SHOP_URL",))
    parents = {"prices": ParentOutput(task_name="P", status="succeeded", output="")}
    names = set((await call("show_context", parents=parents)).data["environment"])
    assert {"PATH", "LANG", "HOME", "TMPDIR", "SHOP_URL", "BACKBEAT_RUN_ID"} <= names
    assert "SECRET_KEY" not in names


@pytest.mark.parametrize(
    ("kind", "output", "data"),
    [
        ("list", '[1, "ä"]', [1, "ä"]),
        ("number", "1.5", 1.5),
        ("tuple", "[1, 2]", [1, 2]),
        ("decimal", "1.50", None),
        ("none", "None", None),
        ("keys", "{(1, 2): 3}", None),
        ("surrogate", "a\ud800b", None),
        ("large", "x" * 300_000, None),
    ],
)
async def test_every_value_becomes_an_output(call, kind, output, data):
    result = await call("give", kind)
    assert (result.output, result.data) == (output, data)


async def test_an_answer_that_is_too_long_is_refused(call):
    with pytest.raises(InvalidOutput, match="more than 4000000 bytes"):
        await call("give", "huge")


async def test_what_it_prints_is_progress(call):
    recorder = Kept()
    assert (await call("chatter", recorder=recorder)).output == "done"
    assert sorted(recorder.lines) == ["on stderr", "on stdout"]


async def test_an_exception_fails_the_run_with_its_traceback(call):
    with pytest.raises(AgentError, match=r"^ValueError: not seven$") as caught:
        await call("fail", "value")
    assert caught.value.retryable is False
    trace = "".join(traceback.format_exception(caught.value))
    assert "sample_functions.py" in trace
    assert 'raise ValueError("not seven")' in trace


async def test_a_function_may_ask_for_another_try(call):
    with pytest.raises(AgentError, match="the shop is shut") as caught:
        await call("fail", "retry")
    assert (caught.value.retryable, caught.value.retry_after) == (True, 40)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("exit", "SystemExit: no more"),
        ("os_exit", "ended with exit code 3 before .* had returned: about to go"),
        ("kill", r"was killed \(SIGKILL\)"),
    ],
)
async def test_a_function_that_ends_its_process_has_failed(call, how, words):
    with pytest.raises(AgentError, match=words):
        await call("fail", how)


async def test_wrong_arguments_are_an_error_of_the_run(call):
    with pytest.raises(AgentError, match="TypeError: greet") as caught:
        await call("greet", 1, 2, 3)
    assert not isinstance(caught.value, Misconfigured)


async def test_too_much_memory_is_said_in_clear_words(call):
    with pytest.raises(AgentError, match="out of memory: memory_mb is 128"):
        await call("allocate", 500, options={"memory_mb": 128})


async def test_django_is_there_only_when_asked_for(call):
    with pytest.raises(AgentError, match="ImproperlyConfigured"):
        await call("django_zone")
    result = await call("django_zone", options={"setup_django": True})
    assert result.output == "UTC True"


async def test_a_function_may_be_allowed_by_its_path(call, configure):
    configure("SCHEDULING", allowed_functions=(f"{MODULE}:unregistered",))
    assert (await call(f"{MODULE}:unregistered")).output == "only by its path"
    with pytest.raises(
        Misconfigured, match="SCHEDULING_ALLOWED_FUNCTIONS allows: tests"
    ):
        await call(f"{MODULE}:greet")


async def test_a_module_is_allowed_with_what_it_defines_itself(call, configure):
    configure("SCHEDULING", allowed_functions=(f"{MODULE}:*",))
    assert (await call(f"{MODULE}:unregistered")).output == "only by its path"
    with pytest.raises(Misconfigured, match="does not define 'borrowed' itself"):
        await call(f"{MODULE}:borrowed", ["/bin/true"])
    with pytest.raises(Misconfigured, match=r"does not define 'os\.system'"):
        await call(f"{MODULE}:os.system", "true")


@pytest.mark.parametrize("function", ["os:system", "subprocess:run", f"{MODULE}:greet"])
async def test_what_is_not_allowed_is_not_even_imported(call, function):
    with pytest.raises(Misconfigured, match="agents may not call"):
        await call(function, "true")


@pytest.mark.parametrize("function", ["", "a b", "os:", ":x", "a:b:c", "../x:y", "a;b"])
async def test_what_is_no_name_of_a_function_is_no_option(function):
    with pytest.raises(ValidationError, match=r"module\.path:callable"):
        FunctionOptions(function=function)


async def test_the_preflight_imports_without_calling(context, configure):
    async def found(function: str) -> tuple[bool, str]:
        options = FunctionOptions(function=function)
        (finding,) = await FunctionBackend().preflight(options, {}, context)
        return finding.ok, finding.words

    assert await found("fail") == (True, f"fail is there ({MODULE}:fail).")
    assert (await found("nowhere"))[0] is False
    assert "there are: allocate, chatter" in (await found("nowhere"))[1]
    assert "agents may not call" in (await found("os:system"))[1]
    configure("SCHEDULING", function_modules=("tests.no_such_module",))
    assert "tests.no_such_module cannot be imported" in (await found("fail"))[1]


async def test_the_loop_goes_on_while_a_function_runs(call, tmp_path):
    longest, began = 0.0, anyio.current_time()
    with anyio.move_on_after(0.7):
        async with anyio.create_task_group() as group:
            group.start_soon(call, "hang", str(tmp_path))
            while True:
                before = anyio.current_time()
                await anyio.sleep(0.005)
                longest = max(longest, anyio.current_time() - before)
    assert (tmp_path / "effects").exists()
    assert longest < 0.2
    assert anyio.current_time() - began < 2.5


def opened() -> set[str]:
    """What this process has open. Not how much: earlier tests' leftovers are closed meanwhile."""
    names = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that listed them
            names.add(str(descriptor.readlink()))
    return names


async def test_a_start_that_is_cancelled_leaves_nothing_behind(call, tmp_path):
    before = opened()
    for wait in (0, 0.001, 0.003, 0.01, 0.03):
        async with anyio.create_task_group() as group:
            for _ in range(8):
                group.start_soon(call, "hang", str(tmp_path))
            await anyio.sleep(wait)
            group.cancel_scope.cancel()
    assert opened() <= before


async def test_nothing_is_left_behind(call):
    before = opened()
    await call("greet")
    with pytest.raises(AgentError):
        await call("fail", "kill")
    assert opened() <= before


def test_an_agent_whose_function_is_not_allowed_is_not_saved(configure):
    agent = Agent(id="f", name="F", backend="function", options={"function": "os:system"})  # fmt: skip
    with pytest.raises(DjangoValidationError, match="agents may not call os:system"):
        agent.clean()
    agent.options = {"function": "greet"}
    agent.clean()
    configure("SCHEDULING", function_modules=())
    with pytest.raises(DjangoValidationError, match="SCHEDULING_FUNCTION_MODULES"):
        agent.clean()
