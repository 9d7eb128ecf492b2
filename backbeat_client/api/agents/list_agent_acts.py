import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.paginated_agent_act_list import PaginatedAgentActList
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    accepted: bool | Unset = UNSET,
    cursor: str | Unset = UNSET,
    limit: int | Unset = 50,
    lineage: str | Unset = UNSET,
    run_id: UUID | Unset = UNSET,
    since: datetime.datetime | Unset = UNSET,
    task_id: str | Unset = UNSET,
    tool: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["accepted"] = accepted

    params["cursor"] = cursor

    params["limit"] = limit

    params["lineage"] = lineage

    json_run_id: str | Unset = UNSET
    if not isinstance(run_id, Unset):
        json_run_id = str(run_id)
    params["run_id"] = json_run_id

    json_since: str | Unset = UNSET
    if not isinstance(since, Unset):
        json_since = since.isoformat()
    params["since"] = json_since

    params["task_id"] = task_id

    params["tool"] = tool

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v2/admin/agent-acts/",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> PaginatedAgentActList | Problem | None:
    if response.status_code == 200:
        response_200 = PaginatedAgentActList.from_dict(response.json())

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
) -> Response[PaginatedAgentActList | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    accepted: bool | Unset = UNSET,
    cursor: str | Unset = UNSET,
    limit: int | Unset = 50,
    lineage: str | Unset = UNSET,
    run_id: UUID | Unset = UNSET,
    since: datetime.datetime | Unset = UNSET,
    task_id: str | Unset = UNSET,
    tool: str | Unset = UNSET,
) -> Response[PaginatedAgentActList | Problem]:
    """The acts in the user's name, newest first; staff see all.

    Args:
        accepted (bool | Unset):
        cursor (str | Unset):
        limit (int | Unset):  Default: 50.
        lineage (str | Unset):
        run_id (UUID | Unset):
        since (datetime.datetime | Unset):
        task_id (str | Unset):
        tool (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PaginatedAgentActList | Problem]
    """

    kwargs = _get_kwargs(
        accepted=accepted,
        cursor=cursor,
        limit=limit,
        lineage=lineage,
        run_id=run_id,
        since=since,
        task_id=task_id,
        tool=tool,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    accepted: bool | Unset = UNSET,
    cursor: str | Unset = UNSET,
    limit: int | Unset = 50,
    lineage: str | Unset = UNSET,
    run_id: UUID | Unset = UNSET,
    since: datetime.datetime | Unset = UNSET,
    task_id: str | Unset = UNSET,
    tool: str | Unset = UNSET,
) -> PaginatedAgentActList | Problem | None:
    """The acts in the user's name, newest first; staff see all.

    Args:
        accepted (bool | Unset):
        cursor (str | Unset):
        limit (int | Unset):  Default: 50.
        lineage (str | Unset):
        run_id (UUID | Unset):
        since (datetime.datetime | Unset):
        task_id (str | Unset):
        tool (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PaginatedAgentActList | Problem
    """

    return sync_detailed(
        client=client,
        accepted=accepted,
        cursor=cursor,
        limit=limit,
        lineage=lineage,
        run_id=run_id,
        since=since,
        task_id=task_id,
        tool=tool,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    accepted: bool | Unset = UNSET,
    cursor: str | Unset = UNSET,
    limit: int | Unset = 50,
    lineage: str | Unset = UNSET,
    run_id: UUID | Unset = UNSET,
    since: datetime.datetime | Unset = UNSET,
    task_id: str | Unset = UNSET,
    tool: str | Unset = UNSET,
) -> Response[PaginatedAgentActList | Problem]:
    """The acts in the user's name, newest first; staff see all.

    Args:
        accepted (bool | Unset):
        cursor (str | Unset):
        limit (int | Unset):  Default: 50.
        lineage (str | Unset):
        run_id (UUID | Unset):
        since (datetime.datetime | Unset):
        task_id (str | Unset):
        tool (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PaginatedAgentActList | Problem]
    """

    kwargs = _get_kwargs(
        accepted=accepted,
        cursor=cursor,
        limit=limit,
        lineage=lineage,
        run_id=run_id,
        since=since,
        task_id=task_id,
        tool=tool,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    accepted: bool | Unset = UNSET,
    cursor: str | Unset = UNSET,
    limit: int | Unset = 50,
    lineage: str | Unset = UNSET,
    run_id: UUID | Unset = UNSET,
    since: datetime.datetime | Unset = UNSET,
    task_id: str | Unset = UNSET,
    tool: str | Unset = UNSET,
) -> PaginatedAgentActList | Problem | None:
    """The acts in the user's name, newest first; staff see all.

    Args:
        accepted (bool | Unset):
        cursor (str | Unset):
        limit (int | Unset):  Default: 50.
        lineage (str | Unset):
        run_id (UUID | Unset):
        since (datetime.datetime | Unset):
        task_id (str | Unset):
        tool (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PaginatedAgentActList | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            accepted=accepted,
            cursor=cursor,
            limit=limit,
            lineage=lineage,
            run_id=run_id,
            since=since,
            task_id=task_id,
            tool=tool,
        )
    ).parsed
