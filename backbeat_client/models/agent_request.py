from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.agent_request_credentials import AgentRequestCredentials
    from ..models.agent_request_options import AgentRequestOptions


T = TypeVar("T", bound="AgentRequest")


@_attrs_define
class AgentRequest:
    """An agent. `credentials` go in and are shown masked; a masked value sent back stays.

    Attributes:
        id (str):
        name (str):
        backend (str):
        options (AgentRequestOptions | Unset):
        credentials (AgentRequestCredentials | Unset):
        system_prompt (str | Unset):
        active (bool | Unset):
        run_cost_limit (float | None | str | Unset): US dollars; null: no limit.
        run_tokens_limit (int | None | Unset): In and out together.
        run_tool_calls_limit (int | None | Unset): Null: no limit.
        day_cost_limit (float | None | str | Unset): US dollars; null: no limit.
        month_cost_limit (float | None | str | Unset): US dollars; null: no limit.
        max_concurrent (int | None | Unset): Runs at the same time, of all its tasks; the others wait.
    """

    id: str
    name: str
    backend: str
    options: AgentRequestOptions | Unset = UNSET
    credentials: AgentRequestCredentials | Unset = UNSET
    system_prompt: str | Unset = UNSET
    active: bool | Unset = UNSET
    run_cost_limit: float | None | str | Unset = UNSET
    run_tokens_limit: int | None | Unset = UNSET
    run_tool_calls_limit: int | None | Unset = UNSET
    day_cost_limit: float | None | str | Unset = UNSET
    month_cost_limit: float | None | str | Unset = UNSET
    max_concurrent: int | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        name = self.name

        backend = self.backend

        options: dict[str, Any] | Unset = UNSET
        if not isinstance(self.options, Unset):
            options = self.options.to_dict()

        credentials: dict[str, Any] | Unset = UNSET
        if not isinstance(self.credentials, Unset):
            credentials = self.credentials.to_dict()

        system_prompt = self.system_prompt

        active = self.active

        run_cost_limit: float | None | str | Unset
        if isinstance(self.run_cost_limit, Unset):
            run_cost_limit = UNSET
        else:
            run_cost_limit = self.run_cost_limit

        run_tokens_limit: int | None | Unset
        if isinstance(self.run_tokens_limit, Unset):
            run_tokens_limit = UNSET
        else:
            run_tokens_limit = self.run_tokens_limit

        run_tool_calls_limit: int | None | Unset
        if isinstance(self.run_tool_calls_limit, Unset):
            run_tool_calls_limit = UNSET
        else:
            run_tool_calls_limit = self.run_tool_calls_limit

        day_cost_limit: float | None | str | Unset
        if isinstance(self.day_cost_limit, Unset):
            day_cost_limit = UNSET
        else:
            day_cost_limit = self.day_cost_limit

        month_cost_limit: float | None | str | Unset
        if isinstance(self.month_cost_limit, Unset):
            month_cost_limit = UNSET
        else:
            month_cost_limit = self.month_cost_limit

        max_concurrent: int | None | Unset
        if isinstance(self.max_concurrent, Unset):
            max_concurrent = UNSET
        else:
            max_concurrent = self.max_concurrent

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "name": name,
                "backend": backend,
            }
        )
        if options is not UNSET:
            field_dict["options"] = options
        if credentials is not UNSET:
            field_dict["credentials"] = credentials
        if system_prompt is not UNSET:
            field_dict["system_prompt"] = system_prompt
        if active is not UNSET:
            field_dict["active"] = active
        if run_cost_limit is not UNSET:
            field_dict["run_cost_limit"] = run_cost_limit
        if run_tokens_limit is not UNSET:
            field_dict["run_tokens_limit"] = run_tokens_limit
        if run_tool_calls_limit is not UNSET:
            field_dict["run_tool_calls_limit"] = run_tool_calls_limit
        if day_cost_limit is not UNSET:
            field_dict["day_cost_limit"] = day_cost_limit
        if month_cost_limit is not UNSET:
            field_dict["month_cost_limit"] = month_cost_limit
        if max_concurrent is not UNSET:
            field_dict["max_concurrent"] = max_concurrent

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.agent_request_credentials import AgentRequestCredentials
        from ..models.agent_request_options import AgentRequestOptions

        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name")

        backend = d.pop("backend")

        _options = d.pop("options", UNSET)
        options: AgentRequestOptions | Unset
        if isinstance(_options, Unset):
            options = UNSET
        else:
            options = AgentRequestOptions.from_dict(_options)

        _credentials = d.pop("credentials", UNSET)
        credentials: AgentRequestCredentials | Unset
        if isinstance(_credentials, Unset):
            credentials = UNSET
        else:
            credentials = AgentRequestCredentials.from_dict(_credentials)

        system_prompt = d.pop("system_prompt", UNSET)

        active = d.pop("active", UNSET)

        def _parse_run_cost_limit(data: object) -> float | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | str | Unset, data)

        run_cost_limit = _parse_run_cost_limit(d.pop("run_cost_limit", UNSET))

        def _parse_run_tokens_limit(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        run_tokens_limit = _parse_run_tokens_limit(d.pop("run_tokens_limit", UNSET))

        def _parse_run_tool_calls_limit(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        run_tool_calls_limit = _parse_run_tool_calls_limit(
            d.pop("run_tool_calls_limit", UNSET)
        )

        def _parse_day_cost_limit(data: object) -> float | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | str | Unset, data)

        day_cost_limit = _parse_day_cost_limit(d.pop("day_cost_limit", UNSET))

        def _parse_month_cost_limit(data: object) -> float | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | str | Unset, data)

        month_cost_limit = _parse_month_cost_limit(d.pop("month_cost_limit", UNSET))

        def _parse_max_concurrent(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        max_concurrent = _parse_max_concurrent(d.pop("max_concurrent", UNSET))

        agent_request = cls(
            id=id,
            name=name,
            backend=backend,
            options=options,
            credentials=credentials,
            system_prompt=system_prompt,
            active=active,
            run_cost_limit=run_cost_limit,
            run_tokens_limit=run_tokens_limit,
            run_tool_calls_limit=run_tool_calls_limit,
            day_cost_limit=day_cost_limit,
            month_cost_limit=month_cost_limit,
            max_concurrent=max_concurrent,
        )

        return agent_request
