from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.callback_request_metadata import CallbackRequestMetadata
    from ..models.callback_request_usage import CallbackRequestUsage


T = TypeVar("T", bound="CallbackRequest")


@_attrs_define
class CallbackRequest:
    """Describes the body; `scheduling.agents.http` reads it when the run goes on.

    `output` may be called `content` or `text` too; `error` instead fails the run.

        Attributes:
            output (str | Unset):
            error (str | Unset):
            output_type (str | Unset):
            data (Any | Unset):
            metadata (CallbackRequestMetadata | Unset):
            usage (CallbackRequestUsage | Unset):
    """

    output: str | Unset = UNSET
    error: str | Unset = UNSET
    output_type: str | Unset = UNSET
    data: Any | Unset = UNSET
    metadata: CallbackRequestMetadata | Unset = UNSET
    usage: CallbackRequestUsage | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        output = self.output

        error = self.error

        output_type = self.output_type

        data = self.data

        metadata: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metadata, Unset):
            metadata = self.metadata.to_dict()

        usage: dict[str, Any] | Unset = UNSET
        if not isinstance(self.usage, Unset):
            usage = self.usage.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if output is not UNSET:
            field_dict["output"] = output
        if error is not UNSET:
            field_dict["error"] = error
        if output_type is not UNSET:
            field_dict["output_type"] = output_type
        if data is not UNSET:
            field_dict["data"] = data
        if metadata is not UNSET:
            field_dict["metadata"] = metadata
        if usage is not UNSET:
            field_dict["usage"] = usage

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.callback_request_metadata import CallbackRequestMetadata
        from ..models.callback_request_usage import CallbackRequestUsage

        d = dict(src_dict)
        output = d.pop("output", UNSET)

        error = d.pop("error", UNSET)

        output_type = d.pop("output_type", UNSET)

        data = d.pop("data", UNSET)

        _metadata = d.pop("metadata", UNSET)
        metadata: CallbackRequestMetadata | Unset
        if isinstance(_metadata, Unset):
            metadata = UNSET
        else:
            metadata = CallbackRequestMetadata.from_dict(_metadata)

        _usage = d.pop("usage", UNSET)
        usage: CallbackRequestUsage | Unset
        if isinstance(_usage, Unset):
            usage = UNSET
        else:
            usage = CallbackRequestUsage.from_dict(_usage)

        callback_request = cls(
            output=output,
            error=error,
            output_type=output_type,
            data=data,
            metadata=metadata,
            usage=usage,
        )

        callback_request.additional_properties = d
        return callback_request

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
