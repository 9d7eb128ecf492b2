from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.exports_refused import ExportsRefused
    from ..models.webhook_url import WebhookUrl


T = TypeVar("T", bound="Exports")


@_attrs_define
class Exports:
    """The exports of a task; "" where there can be none, for the reason in `refused`.

    Attributes:
        webhook_url (WebhookUrl): Where a task is triggered, and how the request is signed.
        crontab (str): Lines for a crontab.
        kubernetes (str): A Secret and a CronJob, as YAML.
        refused (ExportsRefused):
    """

    webhook_url: WebhookUrl
    crontab: str
    kubernetes: str
    refused: ExportsRefused
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        webhook_url = self.webhook_url.to_dict()

        crontab = self.crontab

        kubernetes = self.kubernetes

        refused = self.refused.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "webhook_url": webhook_url,
                "crontab": crontab,
                "kubernetes": kubernetes,
                "refused": refused,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.exports_refused import ExportsRefused
        from ..models.webhook_url import WebhookUrl

        d = dict(src_dict)
        webhook_url = WebhookUrl.from_dict(d.pop("webhook_url"))

        crontab = d.pop("crontab")

        kubernetes = d.pop("kubernetes")

        refused = ExportsRefused.from_dict(d.pop("refused"))

        exports = cls(
            webhook_url=webhook_url,
            crontab=crontab,
            kubernetes=kubernetes,
            refused=refused,
        )

        exports.additional_properties = d
        return exports

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
