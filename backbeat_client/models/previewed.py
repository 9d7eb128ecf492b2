from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.previewed_messages_item import PreviewedMessagesItem
    from ..models.sizes import Sizes
    from ..models.verdict import Verdict


T = TypeVar("T", bound="Previewed")


@_attrs_define
class Previewed:
    """The bodies in the order in which they would be sent.

    Attributes:
        messages (list[PreviewedMessagesItem]):
        sizes (Sizes): How large the messages are, beside what the channel takes; 0: it names no limit.
        verdict (None | Verdict):
    """

    messages: list[PreviewedMessagesItem]
    sizes: Sizes
    verdict: None | Verdict
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.verdict import Verdict

        messages = []
        for messages_item_data in self.messages:
            messages_item = messages_item_data.to_dict()
            messages.append(messages_item)

        sizes = self.sizes.to_dict()

        verdict: dict[str, Any] | None
        if isinstance(self.verdict, Verdict):
            verdict = self.verdict.to_dict()
        else:
            verdict = self.verdict

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "messages": messages,
                "sizes": sizes,
                "verdict": verdict,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.previewed_messages_item import PreviewedMessagesItem
        from ..models.sizes import Sizes
        from ..models.verdict import Verdict

        d = dict(src_dict)
        messages = []
        _messages = d.pop("messages")
        for messages_item_data in _messages:
            messages_item = PreviewedMessagesItem.from_dict(messages_item_data)

            messages.append(messages_item)

        sizes = Sizes.from_dict(d.pop("sizes"))

        def _parse_verdict(data: object) -> None | Verdict:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                verdict_type_1 = Verdict.from_dict(data)

                return verdict_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Verdict, data)

        verdict = _parse_verdict(d.pop("verdict"))

        previewed = cls(
            messages=messages,
            sizes=sizes,
            verdict=verdict,
        )

        previewed.additional_properties = d
        return previewed

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
