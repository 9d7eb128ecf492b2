from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.version_detail import VersionDetail
from ...types import Response


def _get_kwargs(
    id: str,
    number: int,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v2/admin/scheduled-tasks/{id}/versions/{number}".format(
            id=quote(str(id), safe=""),
            number=quote(str(number), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | VersionDetail | None:
    if response.status_code == 200:
        response_200 = VersionDetail.from_dict(response.json())

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
) -> Response[Problem | VersionDetail]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    id: str,
    number: int,
    *,
    client: AuthenticatedClient,
) -> Response[Problem | VersionDetail]:
    """One version with what it holds, secrets masked. 409 when its key is lost.

    Args:
        id (str):
        number (int):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | VersionDetail]
    """

    kwargs = _get_kwargs(
        id=id,
        number=number,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    id: str,
    number: int,
    *,
    client: AuthenticatedClient,
) -> Problem | VersionDetail | None:
    """One version with what it holds, secrets masked. 409 when its key is lost.

    Args:
        id (str):
        number (int):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | VersionDetail
    """

    return sync_detailed(
        id=id,
        number=number,
        client=client,
    ).parsed


async def asyncio_detailed(
    id: str,
    number: int,
    *,
    client: AuthenticatedClient,
) -> Response[Problem | VersionDetail]:
    """One version with what it holds, secrets masked. 409 when its key is lost.

    Args:
        id (str):
        number (int):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | VersionDetail]
    """

    kwargs = _get_kwargs(
        id=id,
        number=number,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    id: str,
    number: int,
    *,
    client: AuthenticatedClient,
) -> Problem | VersionDetail | None:
    """One version with what it holds, secrets masked. 409 when its key is lost.

    Args:
        id (str):
        number (int):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | VersionDetail
    """

    return (
        await asyncio_detailed(
            id=id,
            number=number,
            client=client,
        )
    ).parsed
