from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.notify_on_enum import NotifyOnEnum
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.patched_address_request_headers import PatchedAddressRequestHeaders
    from ..models.patched_address_request_options import PatchedAddressRequestOptions


T = TypeVar("T", bound="PatchedAddressRequest")


@_attrs_define
class PatchedAddressRequest:
    """A webhook of the address book, and the tasks that report to it.

    Attributes:
        notify_on (NotifyOnEnum | Unset): * `always` - Success and failure
            * `success` - Success only
            * `failure` - Failure only
            * `change` - When the output has changed
        first_of_streak (bool | Unset):
        changed_fields (list[str] | Unset): Paths of the typed output that count as a change; none: all of it.
        condition (str | Unset): JMESPath; failures are told anyway.
        obeys_silence (bool | Unset):
        quiet_from (None | str | Unset):  Example: 07:00.
        quiet_until (None | str | Unset):  Example: 07:00.
        digest_seconds (int | None | Unset):
        digest_at (None | str | Unset):  Example: 07:00.
        timezone (str | Unset):
        name (str | Unset):
        url (str | Unset):
        format_ (str | Unset):
        headers (PatchedAddressRequestHeaders | Unset):
        body_template (Any | Unset):
        chat_id (int | str | Unset):
        options (PatchedAddressRequestOptions | Unset): Of the format: max_messages, …
        signing_secret (str | Unset): whsec_…; blank: none.
        active (bool | Unset):
        for_alerts (bool | Unset): The incidents of the installation are told here.
    """

    notify_on: NotifyOnEnum | Unset = UNSET
    first_of_streak: bool | Unset = UNSET
    changed_fields: list[str] | Unset = UNSET
    condition: str | Unset = UNSET
    obeys_silence: bool | Unset = UNSET
    quiet_from: None | str | Unset = UNSET
    quiet_until: None | str | Unset = UNSET
    digest_seconds: int | None | Unset = UNSET
    digest_at: None | str | Unset = UNSET
    timezone: str | Unset = UNSET
    name: str | Unset = UNSET
    url: str | Unset = UNSET
    format_: str | Unset = UNSET
    headers: PatchedAddressRequestHeaders | Unset = UNSET
    body_template: Any | Unset = UNSET
    chat_id: int | str | Unset = UNSET
    options: PatchedAddressRequestOptions | Unset = UNSET
    signing_secret: str | Unset = UNSET
    active: bool | Unset = UNSET
    for_alerts: bool | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        notify_on: str | Unset = UNSET
        if not isinstance(self.notify_on, Unset):
            notify_on = self.notify_on.value

        first_of_streak = self.first_of_streak

        changed_fields: list[str] | Unset = UNSET
        if not isinstance(self.changed_fields, Unset):
            changed_fields = self.changed_fields

        condition = self.condition

        obeys_silence = self.obeys_silence

        quiet_from: None | str | Unset
        if isinstance(self.quiet_from, Unset):
            quiet_from = UNSET
        else:
            quiet_from = self.quiet_from

        quiet_until: None | str | Unset
        if isinstance(self.quiet_until, Unset):
            quiet_until = UNSET
        else:
            quiet_until = self.quiet_until

        digest_seconds: int | None | Unset
        if isinstance(self.digest_seconds, Unset):
            digest_seconds = UNSET
        else:
            digest_seconds = self.digest_seconds

        digest_at: None | str | Unset
        if isinstance(self.digest_at, Unset):
            digest_at = UNSET
        else:
            digest_at = self.digest_at

        timezone = self.timezone

        name = self.name

        url = self.url

        format_ = self.format_

        headers: dict[str, Any] | Unset = UNSET
        if not isinstance(self.headers, Unset):
            headers = self.headers.to_dict()

        body_template = self.body_template

        chat_id: int | str | Unset
        if isinstance(self.chat_id, Unset):
            chat_id = UNSET
        else:
            chat_id = self.chat_id

        options: dict[str, Any] | Unset = UNSET
        if not isinstance(self.options, Unset):
            options = self.options.to_dict()

        signing_secret = self.signing_secret

        active = self.active

        for_alerts = self.for_alerts

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if notify_on is not UNSET:
            field_dict["notify_on"] = notify_on
        if first_of_streak is not UNSET:
            field_dict["first_of_streak"] = first_of_streak
        if changed_fields is not UNSET:
            field_dict["changed_fields"] = changed_fields
        if condition is not UNSET:
            field_dict["condition"] = condition
        if obeys_silence is not UNSET:
            field_dict["obeys_silence"] = obeys_silence
        if quiet_from is not UNSET:
            field_dict["quiet_from"] = quiet_from
        if quiet_until is not UNSET:
            field_dict["quiet_until"] = quiet_until
        if digest_seconds is not UNSET:
            field_dict["digest_seconds"] = digest_seconds
        if digest_at is not UNSET:
            field_dict["digest_at"] = digest_at
        if timezone is not UNSET:
            field_dict["timezone"] = timezone
        if name is not UNSET:
            field_dict["name"] = name
        if url is not UNSET:
            field_dict["url"] = url
        if format_ is not UNSET:
            field_dict["format"] = format_
        if headers is not UNSET:
            field_dict["headers"] = headers
        if body_template is not UNSET:
            field_dict["body_template"] = body_template
        if chat_id is not UNSET:
            field_dict["chat_id"] = chat_id
        if options is not UNSET:
            field_dict["options"] = options
        if signing_secret is not UNSET:
            field_dict["signing_secret"] = signing_secret
        if active is not UNSET:
            field_dict["active"] = active
        if for_alerts is not UNSET:
            field_dict["for_alerts"] = for_alerts

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.patched_address_request_headers import (
            PatchedAddressRequestHeaders,
        )
        from ..models.patched_address_request_options import (
            PatchedAddressRequestOptions,
        )

        d = dict(src_dict)
        _notify_on = d.pop("notify_on", UNSET)
        notify_on: NotifyOnEnum | Unset
        if isinstance(_notify_on, Unset):
            notify_on = UNSET
        else:
            notify_on = NotifyOnEnum(_notify_on)

        first_of_streak = d.pop("first_of_streak", UNSET)

        changed_fields = cast(list[str], d.pop("changed_fields", UNSET))

        condition = d.pop("condition", UNSET)

        obeys_silence = d.pop("obeys_silence", UNSET)

        def _parse_quiet_from(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        quiet_from = _parse_quiet_from(d.pop("quiet_from", UNSET))

        def _parse_quiet_until(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        quiet_until = _parse_quiet_until(d.pop("quiet_until", UNSET))

        def _parse_digest_seconds(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        digest_seconds = _parse_digest_seconds(d.pop("digest_seconds", UNSET))

        def _parse_digest_at(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        digest_at = _parse_digest_at(d.pop("digest_at", UNSET))

        timezone = d.pop("timezone", UNSET)

        name = d.pop("name", UNSET)

        url = d.pop("url", UNSET)

        format_ = d.pop("format", UNSET)

        _headers = d.pop("headers", UNSET)
        headers: PatchedAddressRequestHeaders | Unset
        if isinstance(_headers, Unset):
            headers = UNSET
        else:
            headers = PatchedAddressRequestHeaders.from_dict(_headers)

        body_template = d.pop("body_template", UNSET)

        def _parse_chat_id(data: object) -> int | str | Unset:
            if isinstance(data, Unset):
                return data
            return cast(int | str | Unset, data)

        chat_id = _parse_chat_id(d.pop("chat_id", UNSET))

        _options = d.pop("options", UNSET)
        options: PatchedAddressRequestOptions | Unset
        if isinstance(_options, Unset):
            options = UNSET
        else:
            options = PatchedAddressRequestOptions.from_dict(_options)

        signing_secret = d.pop("signing_secret", UNSET)

        active = d.pop("active", UNSET)

        for_alerts = d.pop("for_alerts", UNSET)

        patched_address_request = cls(
            notify_on=notify_on,
            first_of_streak=first_of_streak,
            changed_fields=changed_fields,
            condition=condition,
            obeys_silence=obeys_silence,
            quiet_from=quiet_from,
            quiet_until=quiet_until,
            digest_seconds=digest_seconds,
            digest_at=digest_at,
            timezone=timezone,
            name=name,
            url=url,
            format_=format_,
            headers=headers,
            body_template=body_template,
            chat_id=chat_id,
            options=options,
            signing_secret=signing_secret,
            active=active,
            for_alerts=for_alerts,
        )

        return patched_address_request
