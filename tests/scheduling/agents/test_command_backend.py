"""The command backend, with real programs."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import anyio
import pytest
from django.core.exceptions import ValidationError as DjangoValidationError
from pydantic import ValidationError

from scheduling.agents import is_staff_only
from scheduling.agents.base import AgentError, AgentResult, InvalidOutput, Misconfigured
from scheduling.agents.command import CommandBackend, CommandOptions
from scheduling.models import Agent
from tests.scheduling.agents.test_function_backend import Kept

pytestmark = pytest.mark.anyio
SHELL = "/bin/sh"


@pytest.fixture(autouse=True)
def allowed(configure):
    configure("SCHEDULING", allowed_commands=(SHELL, sys.executable))


@pytest.fixture
def run(make_request):
    async def run(*command: str, **changes: Any) -> AgentResult:
        options = {"command": list(command), **changes.pop("options", {})}
        request = make_request(CommandOptions.model_validate(options), **changes)
        return await CommandBackend().invoke(request)

    return run


async def test_what_a_command_prints_is_the_output(run):
    result = await run(SHELL, "-c", "echo one; echo two")
    assert (result.output, result.output_type) == ("one\ntwo", "text")


async def test_there_is_no_shell_and_nothing_is_filled_in(run):
    script = "import sys; print(sys.argv[1:])"
    result = await run(sys.executable, "-c", script, "{{input}} $HOME", "; ls", "")
    assert result.output == "['{{input}} $HOME', '; ls', '']"


@pytest.mark.parametrize(
    ("stdin", "read"), [("none", ""), ("input_message", "What is new?")]
)
async def test_it_reads_what_it_is_given(run, stdin, read):
    assert (await run(SHELL, "-c", "cat", options={"stdin": stdin})).output == read


async def test_it_can_read_the_whole_run(run):
    result = await run(SHELL, "-c", "cat", options={"stdin": "json", "output": "json"})
    assert result.output_type == "json"
    assert result.data == json.loads(result.output)
    assert result.data["run_id"] == "run-1"
    assert result.data["scheduled_for"] == "2026-03-01T07:00:00+00:00"


async def test_a_long_input_that_nobody_reads_hurts_nobody(run):
    result = await run(SHELL, "-c", "echo done", input_message="x" * 500_000)
    assert result.output == "done"


async def test_a_long_input_arrives_whole(run):
    result = await run(SHELL, "-c", "wc -c", input_message="x" * 500_000)
    assert result.output.strip() == "500000"


async def test_its_environment_is_small_and_has_what_it_was_given(
    run, monkeypatch, configure
):
    monkeypatch.setenv("SECRET_KEY", "s3cret")
    monkeypatch.setenv("SHOP_URL", "https://shop.example")
    configure("SCHEDULING", command_environment=("SHOP_URL",))
    script = "import os, json; print(json.dumps(dict(os.environ)))"
    seen = (
        await run(
            *(sys.executable, "-I", "-c", script),
            options={"environment": {"MODE": "fast"}, "output": "json"},
            credentials={"API_KEY": "k3y"},
        )
    ).data
    assert "SECRET_KEY" not in seen
    assert (seen["MODE"], seen["API_KEY"]) == ("fast", "k3y")
    assert (seen["SHOP_URL"], seen["BACKBEAT_TASK_ID"]) == ("https://shop.example", "task-1")  # fmt: skip
    assert not Path(seen["HOME"]).exists()


async def test_it_works_in_a_folder_of_its_own_unless_told_where(run, tmp_path):
    script = "echo x > made; mkdir -p a/b; ln -s /etc a/link; pwd"
    folder = (await run(SHELL, "-c", script)).output
    assert folder.rpartition("/")[2].startswith("backbeat-")
    assert not Path(folder).exists()
    assert Path("/etc/passwd").exists()
    there = await run(SHELL, "-c", "pwd", options={"working_directory": str(tmp_path)})
    assert there.output == str(tmp_path)


async def test_stderr_is_progress_line_by_line(run):
    recorder = Kept()
    script = "echo one >&2; echo >&2; printf 'two' >&2; echo out"
    assert (await run(SHELL, "-c", script, recorder=recorder)).output == "out"
    assert recorder.lines == ["one", "two"]


async def test_another_exit_code_fails_with_the_end_of_stderr(run):
    with pytest.raises(AgentError, match="sh ended with exit code 3: no luck") as error:
        await run(SHELL, "-c", "echo no luck >&2; exit 3")
    assert error.value.retryable is False


async def test_exit_code_75_asks_for_another_try(run):
    with pytest.raises(AgentError, match="exit code 75") as error:
        await run(SHELL, "-c", "exit 75")
    assert error.value.retryable is True


async def test_a_killed_command_is_said_to_be_killed(run):
    with pytest.raises(AgentError, match=r"sh was killed \(SIGKILL\)"):
        await run(SHELL, "-c", "kill -9 $$")


async def test_too_much_memory_is_said_in_clear_words(run):
    script = "bytearray(500 * 2**20)"
    with pytest.raises(AgentError, match="ran out of memory: memory_mb is 128"):
        await run(sys.executable, "-c", script, options={"memory_mb": 128})


async def test_output_beyond_the_cap_is_cut_with_a_mark(run):
    result = await run(SHELL, "-c", "head -c 3000000 /dev/zero | tr '\\0' x")
    assert result.output.endswith("… (cut: 3000000 bytes, 1000000 are kept)")
    assert len(result.output) < 1_000_100
    assert result.metadata == {"truncated": True}


async def test_progress_beyond_the_cap_is_left_out_with_a_mark(run):
    recorder = Kept()
    script = "i=0; while [ $i -lt 60000 ]; do echo line $i >&2; i=$((i+1)); done"
    await run(SHELL, "-c", script, recorder=recorder)
    assert recorder.lines[-1] == "… (more lines are left out)"
    assert sum(map(len, recorder.lines)) < 201_000


async def test_what_is_no_json_is_an_invalid_output(run):
    with pytest.raises(InvalidOutput, match=r"printed no JSON .*: nope"):
        await run(SHELL, "-c", "echo nope", options={"output": "json"})


async def test_what_it_leaves_running_ends_with_it(run):
    script = "sleep 600 & setsid sleep 600 & echo $!"
    began = time.monotonic()
    await run(SHELL, "-c", script)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "script",
    [
        "trap '' TERM; while :; do sleep 1; done",
        "trap '' TERM; exec 0<&- 1>&- 2>&-; while :; do sleep 1; done",
        "trap '' TERM; exec cat /dev/zero",
        "trap '' TERM; exec cat /dev/zero >&2",
        "trap '' TERM; setsid sh -c 'trap \"\" TERM; sleep 600' & sleep 600",
        "kill -STOP $$",
    ],
    ids=["ignores TERM", "closes pipes", "writes", "writes errors", "forks", "stopped"],
)
async def test_a_cancelled_command_is_gone_within_two_seconds(run, script, tmp_path):
    pid = tmp_path / "pid"
    cancelled = None
    async with anyio.create_task_group() as group:
        group.start_soon(run, SHELL, "-c", f"echo $$ > {pid}; {script}")
        with anyio.fail_after(10):
            while not (pid.exists() and pid.read_text().strip()):
                await anyio.sleep(0.005)
        await anyio.sleep(0.2)
        cancelled = anyio.current_time()
        group.cancel_scope.cancel()
    assert anyio.current_time() - cancelled < 2
    assert not _processes_with(str(pid))


def _processes_with(text: str) -> list[int]:
    """The processes whose command line or environment holds `text`."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            seen = (each / "cmdline").read_bytes() + (each / "environ").read_bytes()
        except OSError:
            continue
        if text.encode() in seen and int(each.name) != os.getpid():
            found.append(int(each.name))
    return found


async def test_only_allowed_programs_run(run, tmp_path):
    with pytest.raises(
        Misconfigured, match=r"may not run /bin/cat; .* allows: /bin/sh,"
    ):
        await run("/bin/cat")
    link = tmp_path / "cat"
    link.symlink_to("/bin/cat")
    with pytest.raises(Misconfigured, match="may not run"):
        await run(str(link))


async def test_a_program_is_the_same_by_another_way_to_its_folder(run):
    assert (await run("/bin/../bin/sh", "-c", "echo in")).output == "in"


async def test_a_link_beside_an_allowed_program_is_not_that_program(
    run, configure, tmp_path
):
    """Programs that are many in one (busybox) choose by the name they are called by."""
    (tmp_path / "harmless").symlink_to(SHELL)
    configure("SCHEDULING", allowed_commands=(str(tmp_path / "harmless"),))
    with pytest.raises(Misconfigured):
        await run(SHELL, "-c", "echo in")
    assert (await run(str(tmp_path / "harmless"), "-c", "echo in")).output == "in"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"command": []}, "at least 1"),
        ({"command": ["ls"]}, "must be the absolute path"),
        ({"command": ["/bin/ls", "a\0b"]}, "NUL"),
        ({"command": ["/bin/ls"], "environment": {"lower": "x"}}, "'lower' cannot be set"),
        ({"command": ["/bin/ls"], "environment": {"LD_PRELOAD": "x"}}, "'LD_PRELOAD' cannot"),
        ({"command": ["/bin/ls"], "environment": {"PYTHONPATH": "x"}}, "'PYTHONPATH' cannot"),
        ({"command": ["/bin/ls"], "environment": {"BACKBEAT_RUN_ID": "x"}}, "cannot be set"),
        ({"command": ["/bin/ls"], "working_directory": "here"}, "absolute path"),
        ({"command": ["/bin/ls"], "memory_mb": 1}, "greater than or equal to 16"),
    ],
)  # fmt: skip
async def test_bad_options_are_refused_in_words(options, words):
    with pytest.raises(ValidationError, match=words):
        CommandOptions.model_validate(options)


async def test_credentials_are_names_of_variables():
    takes = CommandBackend.takes_credential
    assert takes("SHOP_TOKEN")
    assert not any(map(takes, ("api_key", "A-B", "1A", "LD_PRELOAD", "PATH", "")))


async def test_the_preflight_looks_without_running(context, configure, tmp_path):
    async def look(*command: str, **options: Any) -> dict[str, tuple[bool, str]]:
        given = CommandOptions.model_validate({"command": list(command), **options})
        found = await CommandBackend().preflight(given, {}, context)
        return {each.name: (each.ok, each.words) for each in found}

    plain = tmp_path / "plain"
    plain.write_text("no program")
    gone = str(tmp_path / "gone")
    configure("SCHEDULING", allowed_commands=(SHELL, str(plain), gone))
    made = tmp_path / "made"
    found = await look(SHELL, "-c", f"touch {made}", working_directory=gone)
    assert found["command"] == (True, "/bin/sh is there.")
    assert found["working_directory"] == (False, f"working_directory: there is no folder {gone}")  # fmt: skip
    assert not made.exists()
    assert (await look(gone))["command"] == (False, f"command: there is no program {gone}")  # fmt: skip
    assert "may not run" in (await look("/bin/cat"))["command"][1]
    if os.getuid() != 0:
        assert "may not be executed" in (await look(str(plain)))["command"][1]


def test_an_agent_whose_command_is_not_allowed_is_not_saved():
    agent = Agent(id="c", name="C", backend="command", options={"command": ["/bin/cat"]})  # fmt: skip
    with pytest.raises(DjangoValidationError, match="agents may not run /bin/cat"):
        agent.clean()
    agent.options = {"command": [SHELL]}
    agent.clean()


def test_only_staff_give_tasks_to_programs_of_this_machine():
    assert is_staff_only("command")
    assert is_staff_only("function")
