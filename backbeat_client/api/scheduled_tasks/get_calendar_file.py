from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.get_calendar_file_active import GetCalendarFileActive
from ...models.get_calendar_file_type import GetCalendarFileType
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    active: GetCalendarFileActive | Unset = UNSET,
    name: str | Unset = UNSET,
    type_: GetCalendarFileType | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_active: str | Unset = UNSET
    if not isinstance(active, Unset):
        json_active = active.value

    params["active"] = json_active

    params["name"] = name

    json_type_: str | Unset = UNSET
    if not isinstance(type_, Unset):
        json_type_ = type_.value

    params["type"] = json_type_

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v2/admin/calendar.ics",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | str | None:
    if response.status_code == 200:
        response_200 = response.text
        return response_200

    if response.status_code == 400:
        response_400 = Problem.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

    if response.status_code == 406:
        response_406 = Problem.from_dict(response.json())

        return response_406

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Problem | str]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    active: GetCalendarFileActive | Unset = UNSET,
    name: str | Unset = UNSET,
    type_: GetCalendarFileType | Unset = UNSET,
) -> Response[Problem | str]:
    """When the tasks that the user sees run, from today on.

    Args:
        active (GetCalendarFileActive | Unset):
        name (str | Unset):
        type_ (GetCalendarFileType | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | str]
    """

    kwargs = _get_kwargs(
        active=active,
        name=name,
        type_=type_,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    active: GetCalendarFileActive | Unset = UNSET,
    name: str | Unset = UNSET,
    type_: GetCalendarFileType | Unset = UNSET,
) -> Problem | str | None:
    """When the tasks that the user sees run, from today on.

    Args:
        active (GetCalendarFileActive | Unset):
        name (str | Unset):
        type_ (GetCalendarFileType | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | str
    """

    return sync_detailed(
        client=client,
        active=active,
        name=name,
        type_=type_,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    active: GetCalendarFileActive | Unset = UNSET,
    name: str | Unset = UNSET,
    type_: GetCalendarFileType | Unset = UNSET,
) -> Response[Problem | str]:
    """When the tasks that the user sees run, from today on.

    Args:
        active (GetCalendarFileActive | Unset):
        name (str | Unset):
        type_ (GetCalendarFileType | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | str]
    """

    kwargs = _get_kwargs(
        active=active,
        name=name,
        type_=type_,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    active: GetCalendarFileActive | Unset = UNSET,
    name: str | Unset = UNSET,
    type_: GetCalendarFileType | Unset = UNSET,
) -> Problem | str | None:
    """When the tasks that the user sees run, from today on.

    Args:
        active (GetCalendarFileActive | Unset):
        name (str | Unset):
        type_ (GetCalendarFileType | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | str
    """

    return (
        await asyncio_detailed(
            client=client,
            active=active,
            name=name,
            type_=type_,
        )
    ).parsed
