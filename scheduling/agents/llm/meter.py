"""PURE: what one try of a run has taken from its models and tools, and its limits."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from scheduling.agents.base import BudgetExceeded, Limits, Usage
from scheduling.agents.llm.options import LlmOptions


class Limit(NamedTuple):
    most: Decimal
    words: str


class Meter:
    """Counts. What would go beyond a limit raises `BudgetExceeded` with what was spent."""

    def __init__(self, options: LlmOptions, limits: Limits) -> None:
        """Of an option and a limit of the run for the same, the tighter one counts."""
        self.usage = Usage(model=options.model)
        self._requests = _tighter(("request_limit", options.request_limit))
        self._tools = _tighter(
            ("tool_calls_limit", options.tool_calls_limit),
            ("run's limit of tool calls", limits.tool_calls),
        )
        self._tokens = _tighter(
            ("total_tokens_limit", options.total_tokens_limit),
            ("run's limit of tokens", limits.tokens),
        )
        self._cost = _tighter(
            ("cost_limit", options.cost_limit), ("run's limit of cost", limits.cost)
        )

    def before_request(self) -> None:
        """Another request of a model is to come."""
        self._stay_below(self._requests, self.usage.requests + 1)
        # A limit that is just used up leaves nothing for another request.
        self._stay_below(self._tokens, self._total_tokens, used_up=True)
        self._stay_below(self._cost, self.usage.cost, used_up=True)

    def before_tool_call(self) -> None:
        """Another call of a tool is to come; it counts, however it ends."""
        self._stay_below(self._tools, self.usage.tool_calls + 1)
        self.usage = replace(self.usage, tool_calls=self.usage.tool_calls + 1)

    def add(self, taken: Usage) -> None:
        """A request of a model has ended, and has taken this."""
        before = self.usage
        cost = before.cost
        if taken.cost is not None:
            cost = taken.cost + (cost or 0)
        self.usage = replace(
            before,
            requests=before.requests + taken.requests,
            input_tokens=before.input_tokens + taken.input_tokens,
            output_tokens=before.output_tokens + taken.output_tokens,
            cost=cost,
            model=taken.model or before.model,
        )
        self._stay_below(self._tokens, self._total_tokens)
        self._stay_below(self._cost, cost)

    @property
    def _total_tokens(self) -> int:
        return self.usage.input_tokens + self.usage.output_tokens

    def _stay_below(
        self,
        limit: Limit | None,
        used: float | Decimal | None,
        *,
        used_up: bool = False,
    ) -> None:
        if limit is None or used is None:
            return
        if used > limit.most or (used_up and used == limit.most):
            raise BudgetExceeded(
                f"the {limit.words} of {limit.most.normalize():f} is reached",
                usage=self.usage,
            )


def _tighter(*limits: tuple[str, float | Decimal | None]) -> Limit | None:
    known = [
        Limit(Decimal(str(most)), words) for words, most in limits if most is not None
    ]
    return min(known, default=None)
