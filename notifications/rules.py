"""Does this result deserve a message? Pure.

Each rule is one line of `RULES`: its name, as a webhook stores it, and the statuses of a run
that it wants to hear of.
"""

from __future__ import annotations

RULES: dict[str, frozenset[str]] = {
    "always": frozenset({"succeeded", "failed"}),
    "success": frozenset({"succeeded"}),
    "failure": frozenset({"failed"}),
}


def wants(notify_on: str, status: str) -> bool:
    """Whether a webhook with the rule `notify_on` is told of a run that ended in `status`.

    A cancelled or skipped run has no result, so no rule wants it. Raises `ValueError` for an
    unknown rule.
    """
    try:
        return status in RULES[notify_on]
    except KeyError:
        raise ValueError(
            f"notify_on: {notify_on!r} is not a rule; there are: {', '.join(RULES)}"
        ) from None
