from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.agent_act_arguments import AgentActArguments


T = TypeVar("T", bound="AgentAct")


@_attrs_define
class AgentAct:
    """An act. `task_id` is null when it was about none.

    Attributes:
        id (int):
        at (datetime.datetime):
        lineage (str):
        user_id (int | None):
        run_id (None | UUID):
        tool (str):
        action (str):
        task_id (None | str):
        arguments (AgentActArguments):
        accepted (bool):
        words (str): What the agent was told.
    """

    id: int
    at: datetime.datetime
    lineage: str
    user_id: int | None
    run_id: None | UUID
    tool: str
    action: str
    task_id: None | str
    arguments: AgentActArguments
    accepted: bool
    words: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        at = self.at.isoformat()

        lineage = self.lineage

        user_id: int | None
        user_id = self.user_id

        run_id: None | str
        if isinstance(self.run_id, UUID):
            run_id = str(self.run_id)
        else:
            run_id = self.run_id

        tool = self.tool

        action = self.action

        task_id: None | str
        task_id = self.task_id

        arguments = self.arguments.to_dict()

        accepted = self.accepted

        words = self.words

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "at": at,
                "lineage": lineage,
                "user_id": user_id,
                "run_id": run_id,
                "tool": tool,
                "action": action,
                "task_id": task_id,
                "arguments": arguments,
                "accepted": accepted,
                "words": words,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.agent_act_arguments import AgentActArguments

        d = dict(src_dict)
        id = d.pop("id")

        at = datetime.datetime.fromisoformat(d.pop("at"))

        lineage = d.pop("lineage")

        def _parse_user_id(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        user_id = _parse_user_id(d.pop("user_id"))

        def _parse_run_id(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                run_id_type_0 = UUID(data)

                return run_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        run_id = _parse_run_id(d.pop("run_id"))

        tool = d.pop("tool")

        action = d.pop("action")

        def _parse_task_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        task_id = _parse_task_id(d.pop("task_id"))

        arguments = AgentActArguments.from_dict(d.pop("arguments"))

        accepted = d.pop("accepted")

        words = d.pop("words")

        agent_act = cls(
            id=id,
            at=at,
            lineage=lineage,
            user_id=user_id,
            run_id=run_id,
            tool=tool,
            action=action,
            task_id=task_id,
            arguments=arguments,
            accepted=accepted,
            words=words,
        )

        agent_act.additional_properties = d
        return agent_act

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
