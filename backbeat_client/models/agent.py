from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.agent_credentials import AgentCredentials
    from ..models.agent_options import AgentOptions


T = TypeVar("T", bound="Agent")


@_attrs_define
class Agent:
    """An agent. `credentials` go in and are shown masked; a masked value sent back stays.

    Attributes:
        id (str):
        name (str):
        backend (str):
        blocked_reason (str): Why its tasks are not run; empty: they are.
        blocked_at (datetime.datetime | None):
        checked_at (datetime.datetime | None):
        version (int):
        created_at (datetime.datetime):
        updated_at (datetime.datetime):
        options (AgentOptions | Unset):
        credentials (AgentCredentials | Unset):
        system_prompt (str | Unset):
        active (bool | Unset):
        run_cost_limit (None | str | Unset): US dollars; null: no limit.
        run_tokens_limit (int | None | Unset): In and out together.
        run_tool_calls_limit (int | None | Unset): Null: no limit.
        day_cost_limit (None | str | Unset): US dollars; null: no limit.
        month_cost_limit (None | str | Unset): US dollars; null: no limit.
        max_concurrent (int | None | Unset): Runs at the same time, of all its tasks; the others wait.
    """

    id: str
    name: str
    backend: str
    blocked_reason: str
    blocked_at: datetime.datetime | None
    checked_at: datetime.datetime | None
    version: int
    created_at: datetime.datetime
    updated_at: datetime.datetime
    options: AgentOptions | Unset = UNSET
    credentials: AgentCredentials | Unset = UNSET
    system_prompt: str | Unset = UNSET
    active: bool | Unset = UNSET
    run_cost_limit: None | str | Unset = UNSET
    run_tokens_limit: int | None | Unset = UNSET
    run_tool_calls_limit: int | None | Unset = UNSET
    day_cost_limit: None | str | Unset = UNSET
    month_cost_limit: None | str | Unset = UNSET
    max_concurrent: int | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        name = self.name

        backend = self.backend

        blocked_reason = self.blocked_reason

        blocked_at: None | str
        if isinstance(self.blocked_at, datetime.datetime):
            blocked_at = self.blocked_at.isoformat()
        else:
            blocked_at = self.blocked_at

        checked_at: None | str
        if isinstance(self.checked_at, datetime.datetime):
            checked_at = self.checked_at.isoformat()
        else:
            checked_at = self.checked_at

        version = self.version

        created_at = self.created_at.isoformat()

        updated_at = self.updated_at.isoformat()

        options: dict[str, Any] | Unset = UNSET
        if not isinstance(self.options, Unset):
            options = self.options.to_dict()

        credentials: dict[str, Any] | Unset = UNSET
        if not isinstance(self.credentials, Unset):
            credentials = self.credentials.to_dict()

        system_prompt = self.system_prompt

        active = self.active

        run_cost_limit: None | str | Unset
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

        day_cost_limit: None | str | Unset
        if isinstance(self.day_cost_limit, Unset):
            day_cost_limit = UNSET
        else:
            day_cost_limit = self.day_cost_limit

        month_cost_limit: None | str | Unset
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
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "name": name,
                "backend": backend,
                "blocked_reason": blocked_reason,
                "blocked_at": blocked_at,
                "checked_at": checked_at,
                "version": version,
                "created_at": created_at,
                "updated_at": updated_at,
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
        from ..models.agent_credentials import AgentCredentials
        from ..models.agent_options import AgentOptions

        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name")

        backend = d.pop("backend")

        blocked_reason = d.pop("blocked_reason")

        def _parse_blocked_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                blocked_at_type_0 = datetime.datetime.fromisoformat(data)

                return blocked_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        blocked_at = _parse_blocked_at(d.pop("blocked_at"))

        def _parse_checked_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                checked_at_type_0 = datetime.datetime.fromisoformat(data)

                return checked_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        checked_at = _parse_checked_at(d.pop("checked_at"))

        version = d.pop("version")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        updated_at = datetime.datetime.fromisoformat(d.pop("updated_at"))

        _options = d.pop("options", UNSET)
        options: AgentOptions | Unset
        if isinstance(_options, Unset):
            options = UNSET
        else:
            options = AgentOptions.from_dict(_options)

        _credentials = d.pop("credentials", UNSET)
        credentials: AgentCredentials | Unset
        if isinstance(_credentials, Unset):
            credentials = UNSET
        else:
            credentials = AgentCredentials.from_dict(_credentials)

        system_prompt = d.pop("system_prompt", UNSET)

        active = d.pop("active", UNSET)

        def _parse_run_cost_limit(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

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

        def _parse_day_cost_limit(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        day_cost_limit = _parse_day_cost_limit(d.pop("day_cost_limit", UNSET))

        def _parse_month_cost_limit(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        month_cost_limit = _parse_month_cost_limit(d.pop("month_cost_limit", UNSET))

        def _parse_max_concurrent(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        max_concurrent = _parse_max_concurrent(d.pop("max_concurrent", UNSET))

        agent = cls(
            id=id,
            name=name,
            backend=backend,
            blocked_reason=blocked_reason,
            blocked_at=blocked_at,
            checked_at=checked_at,
            version=version,
            created_at=created_at,
            updated_at=updated_at,
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

        agent.additional_properties = d
        return agent

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
