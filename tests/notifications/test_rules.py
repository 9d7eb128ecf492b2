"""Which results a webhook is told of, and in which words it is not."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace

import pytest

from notifications import rules
from notifications.result import Previous, Result
from notifications.rules import WANTED, Why, judge
from notifications.silence_words import is_silent


@dataclass(frozen=True, kw_only=True)
class Rule:
    notify_on: str = "always"
    first_of_streak: bool = False
    changed_fields: list[str] = field(default_factory=list)
    condition: str = ""
    obeys_silence: bool = True


def result(content="All is well.", status="succeeded", **fields):
    text = content if isinstance(content, str) else "typed"
    made = Result(
        run_id=uuid.uuid4(),
        status=status,
        task_id="report",
        task_name="Report",
        user_id="",
        output_type="text",
        content=content,
        text=text,
        prompt="",
        metadata={},
    )
    return replace(made, **fields)


def before(status="succeeded", content=None):
    """What came before: an output when there is a content."""
    return Previous(status=status, has_output=content is not None, content=content)


def why(rule, told):
    return judge(rule, told).why


@pytest.mark.parametrize(
    ("notify_on", "status", "told"),
    [
        ("always", "succeeded", True),
        ("always", "failed", True),
        ("success", "succeeded", True),
        ("success", "failed", False),
        ("failure", "succeeded", False),
        ("failure", "failed", True),
        ("change", "succeeded", True),
        ("change", "failed", True),
    ],
)
def test_a_rule_wants_its_results(notify_on, status, told):
    verdict = judge(Rule(notify_on=notify_on), result(status=status))
    assert verdict.tells is told
    assert verdict.why == (None if told else Why.STATUS)


@pytest.mark.parametrize("status", ["cancelled", "skipped", "running", "queued"])
@pytest.mark.parametrize("notify_on", WANTED)
def test_no_rule_wants_a_run_without_a_result(notify_on, status):
    assert why(Rule(notify_on=notify_on), result(status=status)) == Why.STATUS


def test_an_unknown_rule_is_refused_with_the_rules_there_are():
    with pytest.raises(ValueError, match=r"'never'.*always, success, failure"):
        judge(Rule(notify_on="never"), result())


@pytest.mark.parametrize(
    ("previous", "status", "told"),
    [
        (before("failed"), "failed", False),
        (before("succeeded"), "failed", True),
        (before("failed"), "succeeded", True),
        (before("succeeded"), "succeeded", False),
        (before(""), "succeeded", True),
        (None, "failed", True),
    ],
)
def test_only_the_first_of_a_streak_is_told(previous, status, told):
    rule = Rule(first_of_streak=True)
    verdict = judge(rule, result(status=status, previous=previous))
    assert verdict.why == (None if told else Why.STREAK)


@pytest.mark.parametrize(
    "rule",
    [
        Rule(condition="score > `1`"),
        Rule(notify_on="change"),
        Rule(obeys_silence=True),
    ],
)
def test_a_failure_is_told_whatever_it_says(rule):
    failed = result("[SILENT]", "failed", previous=before(content="[SILENT]"))
    assert judge(rule, failed).tells


def test_of_a_streak_of_failures_a_rule_for_changes_tells_the_first():
    rule = Rule(notify_on="change")
    assert why(rule, result(status="failed", previous=before("failed"))) == Why.STREAK


@pytest.mark.parametrize(
    "text",
    [
        "[SILENT]", "  no_reply\n", "NO_REPLY", "`[silent]`", "**[SILENT]**.", '"NO_REPLY"',
        "> [SILENT]", "```\nNO_REPLY\n```", "[NO_REPLY]", "[SILENT] nothing new today",
        "NO_REPLY: nothing new", "[SILENT]\n\n---\n", "- NO_REPLY",
    ],
)  # fmt: skip
def test_the_token_of_silence_is_obeyed(text):
    assert why(Rule(), result(text)) == Why.SILENT
    assert judge(Rule(obeys_silence=False), result(text)).tells


@pytest.mark.parametrize(
    "text",
    [
        "", "silent", "All is silent.", "The token is [SILENT].", "NO_REPLY needed, but the disk is full",
        "no_replying", "[SILENT]\nThe disk is full.", "[SILENT] " + "x" * 301, "NO REPLY",
        "Report\n[SILENT]", "[SILENT" * 50_000, "*" * 100_000,
    ],
)  # fmt: skip
def test_a_text_in_which_the_token_only_occurs_is_a_message(text):
    assert not is_silent(text)


@pytest.mark.parametrize(
    ("condition", "content", "told"),
    [
        ("score > `0.7`", {"score": 0.9}, True),
        ("score > `0.7`", {"score": 0.5}, False),
        ("contains(text, 'buy')", "Time to buy.", True),
        ("contains(text, 'buy')", "Sell.", False),
        ("output[0].ticker == 'VCB'", [{"ticker": "VCB"}], True),
        ("metadata.changed", "x", False),
        ("status == 'succeeded'", "x", True),
        ("length(score) > `1`", {"score": 0.9}, False),
    ],
)
def test_a_condition_is_asked_about_the_typed_output_and_the_run(
    condition, content, told
):
    verdict = judge(Rule(condition=condition), result(content))
    assert verdict.why == (None if told else Why.CONDITION)


def test_a_condition_that_does_not_fit_the_output_says_so():
    verdict = judge(Rule(condition="length(score) > `1`"), result({"score": 1}))
    assert "In function length()" in rules.words(str(verdict.why), verdict.note)


@pytest.mark.parametrize(
    ("was", "now", "fields", "told"),
    [
        ("same", "same", [], False),
        ("same\n", "  same  ", [], False),
        ("a\nb", "a  \nb", [], False),
        ("one", "two", [], True),
        ({"a": 1}, {"a": 1}, [], False),
        ({"a": 1, "b": 1}, {"a": 1, "b": 2}, [], True),
        ({"a": 1, "b": 1}, {"a": 1, "b": 2}, ["a"], False),
        ({"s": {"x": 1}}, {"s": {"x": 2}}, ["s.x"], True),
        ({"a": [{"t": "VCB"}]}, {"a": [{"t": "FPT"}]}, ["a[].t"], True),
        ("text", {"a": 1}, [], True),
        ("one", "two", ["a"], True),
    ],
)
def test_a_rule_for_changes_compares_the_output_or_the_chosen_fields(
    was, now, fields, told
):
    rule = Rule(notify_on="change", changed_fields=fields)
    verdict = judge(rule, result(now, previous=before(content=was)))
    assert verdict.why == (None if told else Why.UNCHANGED)


def test_the_first_output_is_news():
    rule = Rule(notify_on="change")
    assert judge(rule, result(previous=before("failed"))).tells


@pytest.mark.parametrize("changed", [True, False])
def test_an_agent_that_compares_by_itself_is_believed(changed):
    told = result(
        "same", metadata={"changed": changed}, previous=before(content="same")
    )
    assert judge(Rule(notify_on="change"), told).tells is changed


def test_the_first_no_is_the_answer():
    rule = Rule(notify_on="change", first_of_streak=True, condition="nothing")
    told = result("[SILENT]", previous=before(content="[SILENT]"))
    assert why(rule, told) == Why.STREAK
    assert why(replace(rule, first_of_streak=False), told) == Why.SILENT


def test_a_reason_of_another_version_is_shown_as_it_is():
    assert rules.words("phase_of_the_moon") == "phase_of_the_moon"
