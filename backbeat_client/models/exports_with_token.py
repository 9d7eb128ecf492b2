from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.exports_with_token_refused import ExportsWithTokenRefused
    from ..models.trigger_key import TriggerKey
    from ..models.webhook_url import WebhookUrl


T = TypeVar("T", bound="ExportsWithToken")


@_attrs_define
class ExportsWithToken:
    """The same with a token that was just made, told this once.

    Attributes:
        webhook_url (WebhookUrl): Where a task is triggered, and how the request is signed.
        crontab (str): Lines for a crontab.
        kubernetes (str): A Secret and a CronJob, as YAML.
        refused (ExportsWithTokenRefused):
        key (TriggerKey): A key as it is shown: `beginning` names it, nothing of it can be read again.
        token (str):
        token_file (str): Where the crontab looks for it, from the home directory on.
        token_file_content (str):
    """

    webhook_url: WebhookUrl
    crontab: str
    kubernetes: str
    refused: ExportsWithTokenRefused
    key: TriggerKey
    token: str
    token_file: str
    token_file_content: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        webhook_url = self.webhook_url.to_dict()

        crontab = self.crontab

        kubernetes = self.kubernetes

        refused = self.refused.to_dict()

        key = self.key.to_dict()

        token = self.token

        token_file = self.token_file

        token_file_content = self.token_file_content

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "webhook_url": webhook_url,
                "crontab": crontab,
                "kubernetes": kubernetes,
                "refused": refused,
                "key": key,
                "token": token,
                "token_file": token_file,
                "token_file_content": token_file_content,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.exports_with_token_refused import ExportsWithTokenRefused
        from ..models.trigger_key import TriggerKey
        from ..models.webhook_url import WebhookUrl

        d = dict(src_dict)
        webhook_url = WebhookUrl.from_dict(d.pop("webhook_url"))

        crontab = d.pop("crontab")

        kubernetes = d.pop("kubernetes")

        refused = ExportsWithTokenRefused.from_dict(d.pop("refused"))

        key = TriggerKey.from_dict(d.pop("key"))

        token = d.pop("token")

        token_file = d.pop("token_file")

        token_file_content = d.pop("token_file_content")

        exports_with_token = cls(
            webhook_url=webhook_url,
            crontab=crontab,
            kubernetes=kubernetes,
            refused=refused,
            key=key,
            token=token,
            token_file=token_file,
            token_file_content=token_file_content,
        )

        exports_with_token.additional_properties = d
        return exports_with_token

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
