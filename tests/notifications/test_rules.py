from __future__ import annotations

import pytest

from notifications.rules import RULES, wants


@pytest.mark.parametrize(
    ("notify_on", "status", "wanted"),
    [
        ("always", "succeeded", True),
        ("always", "failed", True),
        ("success", "succeeded", True),
        ("success", "failed", False),
        ("failure", "succeeded", False),
        ("failure", "failed", True),
    ],
)
def test_a_rule_wants_its_results(notify_on, status, wanted):
    assert wants(notify_on, status) is wanted


@pytest.mark.parametrize("status", ["cancelled", "skipped", "running", "queued"])
@pytest.mark.parametrize("notify_on", RULES)
def test_no_rule_wants_a_run_without_a_result(notify_on, status):
    assert wants(notify_on, status) is False


def test_an_unknown_rule_is_refused_with_the_rules_there_are():
    with pytest.raises(ValueError, match=r"'never'.*always, success, failure"):
        wants("never", "failed")
