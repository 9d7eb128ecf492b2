from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.slots import Slots
from ...types import UNSET, Response, Unset


def _get_kwargs(
    id: str,
    *,
    at: str | Unset = UNSET,
    from_: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    until: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["at"] = at

    params["from"] = from_

    params["limit"] = limit

    params["until"] = until

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v2/admin/scheduled-tasks/{id}/slots".format(
            id=quote(str(id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | Slots | None:
    if response.status_code == 200:
        response_200 = Slots.from_dict(response.json())

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

    if response.status_code == 404:
        response_404 = Problem.from_dict(response.json())

        return response_404

    if response.status_code == 406:
        response_406 = Problem.from_dict(response.json())

        return response_406

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Problem | Slots]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    id: str,
    *,
    client: AuthenticatedClient,
    at: str | Unset = UNSET,
    from_: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    until: str | Unset = UNSET,
) -> Response[Problem | Slots]:
    """What happened to the 07:00 of Tuesday: the slot at `at`, or those of a range.

    Args:
        id (str):
        at (str | Unset):
        from_ (str | Unset):
        limit (int | Unset):
        until (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Slots]
    """

    kwargs = _get_kwargs(
        id=id,
        at=at,
        from_=from_,
        limit=limit,
        until=until,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    id: str,
    *,
    client: AuthenticatedClient,
    at: str | Unset = UNSET,
    from_: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    until: str | Unset = UNSET,
) -> Problem | Slots | None:
    """What happened to the 07:00 of Tuesday: the slot at `at`, or those of a range.

    Args:
        id (str):
        at (str | Unset):
        from_ (str | Unset):
        limit (int | Unset):
        until (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Slots
    """

    return sync_detailed(
        id=id,
        client=client,
        at=at,
        from_=from_,
        limit=limit,
        until=until,
    ).parsed


async def asyncio_detailed(
    id: str,
    *,
    client: AuthenticatedClient,
    at: str | Unset = UNSET,
    from_: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    until: str | Unset = UNSET,
) -> Response[Problem | Slots]:
    """What happened to the 07:00 of Tuesday: the slot at `at`, or those of a range.

    Args:
        id (str):
        at (str | Unset):
        from_ (str | Unset):
        limit (int | Unset):
        until (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Slots]
    """

    kwargs = _get_kwargs(
        id=id,
        at=at,
        from_=from_,
        limit=limit,
        until=until,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    id: str,
    *,
    client: AuthenticatedClient,
    at: str | Unset = UNSET,
    from_: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    until: str | Unset = UNSET,
) -> Problem | Slots | None:
    """What happened to the 07:00 of Tuesday: the slot at `at`, or those of a range.

    Args:
        id (str):
        at (str | Unset):
        from_ (str | Unset):
        limit (int | Unset):
        until (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Slots
    """

    return (
        await asyncio_detailed(
            id=id,
            client=client,
            at=at,
            from_=from_,
            limit=limit,
            until=until,
        )
    ).parsed
