from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.step import Step
    from ..models.usage_so_far import UsageSoFar


T = TypeVar("T", bound="Steps")


@_attrs_define
class Steps:
    """Some steps of a run, in their order.

    Attributes:
        steps (list[Step]):
        next_ (int): Give it as `after` for what comes then, and for what was going on still.
        usage_so_far (None | UsageSoFar):
    """

    steps: list[Step]
    next_: int
    usage_so_far: None | UsageSoFar
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.usage_so_far import UsageSoFar

        steps = []
        for steps_item_data in self.steps:
            steps_item = steps_item_data.to_dict()
            steps.append(steps_item)

        next_ = self.next_

        usage_so_far: dict[str, Any] | None
        if isinstance(self.usage_so_far, UsageSoFar):
            usage_so_far = self.usage_so_far.to_dict()
        else:
            usage_so_far = self.usage_so_far

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "steps": steps,
                "next": next_,
                "usage_so_far": usage_so_far,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.step import Step
        from ..models.usage_so_far import UsageSoFar

        d = dict(src_dict)
        steps = []
        _steps = d.pop("steps")
        for steps_item_data in _steps:
            steps_item = Step.from_dict(steps_item_data)

            steps.append(steps_item)

        next_ = d.pop("next")

        def _parse_usage_so_far(data: object) -> None | UsageSoFar:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                usage_so_far_type_1 = UsageSoFar.from_dict(data)

                return usage_so_far_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UsageSoFar, data)

        usage_so_far = _parse_usage_so_far(d.pop("usage_so_far"))

        steps = cls(
            steps=steps,
            next_=next_,
            usage_so_far=usage_so_far,
        )

        steps.additional_properties = d
        return steps

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
