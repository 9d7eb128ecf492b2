"""Files that are made to keep their reader busy, or to fill its memory."""

from __future__ import annotations

import tracemalloc

import pytest

from scheduling.interop.documents import read_documents
from scheduling.interop.formats.base import MAX_NOTES, MAX_PATH, Document
from scheduling.interop.plan import Options, Plan, Source
from scheduling.interop.planner import make_plan
from scheduling.models import ScheduledTask
from tests.factories import make_agent

TASK = "agent_id: echo, input_message: x, schedule_type: none"


def plan_of(text: str, **options: str) -> Plan:
    return make_plan([Source(name="f.yaml", text=text)], Options(**options), user=None)


def test_long_keys_nested_in_each_other_do_not_fill_memory():
    depth, key = 40, "k" * 1000
    text = f"{{{key}: " * depth + "[" + "1," * 5000 + "]" + "}" * depth
    tracemalloc.start()
    [document], _faults = read_documents(text)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10_000_000
    assert max(map(len, document.lines)) <= MAX_PATH


def test_merging_thousands_of_mappings_takes_no_time():
    one_by_one = "a:\n" + "".join(f"  <<: {{k{n}: {n}}}\n" for n in range(20_000))
    as_a_list = "a: {<<: [" + ",".join(f"{{k{n}: {n}}}" for n in range(20_000)) + "]}"
    for text in (one_by_one, as_a_list):  # minutes, when each copied all before it
        [document], faults = read_documents(text)
        assert (len(document.value["a"]), faults) == (20_000, [])


def test_of_two_merged_mappings_the_first_has_the_say():
    [document], _faults = read_documents("a: {<<: [{p: 1}, {p: 2, q: 2}], <<: {q: 3, r: 3}}")  # fmt: skip
    assert document.value == {"a": {"p": 1, "q": 2, "r": 3}}


def test_faults_of_a_text_are_told_up_to_a_thousand():
    _documents, faults = read_documents("".join(f"a: {n}\n" for n in range(5000)))
    assert len(faults) == MAX_NOTES


def test_the_line_of_an_endless_path_is_that_of_what_is_around_it():
    document = Document(value={}, lines={"": 1, "tasks[0]": 3})
    assert document.line_of("tasks[0]." + "." * 1_000_000) == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    [
        "backbeat: 1\ntasks:\n" + "- {}\n" * 5000,
        "backbeat: 1\ntasks:\n- name: x\n" + "".join(f"  a{n}: 1\n" for n in range(5000)),
        "--- a\n" * 5000,
        "tasks: [" + "{function: 1, schedule: 1}," * 5000 + "]",
    ],
    ids=["entries", "names", "documents", "of another format"],
)  # fmt: skip
def test_what_is_wrong_is_told_as_far_as_somebody_reads(text):
    plan = plan_of(text, format="rq" if "function" in text else "")
    assert MAX_NOTES <= len(plan.faults) <= MAX_NOTES + 1


@pytest.mark.django_db
def test_the_last_sentence_says_how_many_more_there_are():
    make_agent()
    tasks = ",".join(f"{{id: t{n}, name: T, {TASK}, tags: [1]}}" for n in range(MAX_NOTES + 5))  # fmt: skip
    plan = plan_of(f"backbeat: 1\ntasks: [{tasks}]")
    assert str(plan.faults[-1]) == "f.yaml: and 5 more like these."


@pytest.mark.django_db
def test_thousands_of_tasks_with_one_name_get_numbers_in_turn():
    make_agent()
    names = ["a" + "!" * (n % 60 + 1) + "?" * (n // 60) for n in range(600)]
    tasks = ",".join(f"{{name: '{name}', schemas: {{method: echo}}}}" for name in names)
    ids = [item.key for item in plan_of(f"tasks: [{tasks}]").items]
    assert ids == ["a", *(f"a-{n}" for n in range(2, 601))]
    assert not ScheduledTask.objects.exists()
