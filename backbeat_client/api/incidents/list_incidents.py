import datetime
from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.list_incidents_kind import ListIncidentsKind
from ...models.list_incidents_state import ListIncidentsState
from ...models.paginated_incident_list import PaginatedIncidentList
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    cursor: str | Unset = UNSET,
    kind: ListIncidentsKind | Unset = UNSET,
    limit: int | Unset = 50,
    since: datetime.datetime | Unset = UNSET,
    state: ListIncidentsState | Unset = UNSET,
    task_id: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["cursor"] = cursor

    json_kind: str | Unset = UNSET
    if not isinstance(kind, Unset):
        json_kind = kind.value

    params["kind"] = json_kind

    params["limit"] = limit

    json_since: str | Unset = UNSET
    if not isinstance(since, Unset):
        json_since = since.isoformat()
    params["since"] = json_since

    json_state: str | Unset = UNSET
    if not isinstance(state, Unset):
        json_state = state.value

    params["state"] = json_state

    params["task_id"] = task_id

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v2/admin/incidents/",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> PaginatedIncidentList | Problem | None:
    if response.status_code == 200:
        response_200 = PaginatedIncidentList.from_dict(response.json())

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
) -> Response[PaginatedIncidentList | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    cursor: str | Unset = UNSET,
    kind: ListIncidentsKind | Unset = UNSET,
    limit: int | Unset = 50,
    since: datetime.datetime | Unset = UNSET,
    state: ListIncidentsState | Unset = UNSET,
    task_id: str | Unset = UNSET,
) -> Response[PaginatedIncidentList | Problem]:
    """The incidents of the tasks that the user owns, newest first; staff see all.

    Args:
        cursor (str | Unset):
        kind (ListIncidentsKind | Unset):
        limit (int | Unset):  Default: 50.
        since (datetime.datetime | Unset):
        state (ListIncidentsState | Unset):
        task_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PaginatedIncidentList | Problem]
    """

    kwargs = _get_kwargs(
        cursor=cursor,
        kind=kind,
        limit=limit,
        since=since,
        state=state,
        task_id=task_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    cursor: str | Unset = UNSET,
    kind: ListIncidentsKind | Unset = UNSET,
    limit: int | Unset = 50,
    since: datetime.datetime | Unset = UNSET,
    state: ListIncidentsState | Unset = UNSET,
    task_id: str | Unset = UNSET,
) -> PaginatedIncidentList | Problem | None:
    """The incidents of the tasks that the user owns, newest first; staff see all.

    Args:
        cursor (str | Unset):
        kind (ListIncidentsKind | Unset):
        limit (int | Unset):  Default: 50.
        since (datetime.datetime | Unset):
        state (ListIncidentsState | Unset):
        task_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PaginatedIncidentList | Problem
    """

    return sync_detailed(
        client=client,
        cursor=cursor,
        kind=kind,
        limit=limit,
        since=since,
        state=state,
        task_id=task_id,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    cursor: str | Unset = UNSET,
    kind: ListIncidentsKind | Unset = UNSET,
    limit: int | Unset = 50,
    since: datetime.datetime | Unset = UNSET,
    state: ListIncidentsState | Unset = UNSET,
    task_id: str | Unset = UNSET,
) -> Response[PaginatedIncidentList | Problem]:
    """The incidents of the tasks that the user owns, newest first; staff see all.

    Args:
        cursor (str | Unset):
        kind (ListIncidentsKind | Unset):
        limit (int | Unset):  Default: 50.
        since (datetime.datetime | Unset):
        state (ListIncidentsState | Unset):
        task_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PaginatedIncidentList | Problem]
    """

    kwargs = _get_kwargs(
        cursor=cursor,
        kind=kind,
        limit=limit,
        since=since,
        state=state,
        task_id=task_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    cursor: str | Unset = UNSET,
    kind: ListIncidentsKind | Unset = UNSET,
    limit: int | Unset = 50,
    since: datetime.datetime | Unset = UNSET,
    state: ListIncidentsState | Unset = UNSET,
    task_id: str | Unset = UNSET,
) -> PaginatedIncidentList | Problem | None:
    """The incidents of the tasks that the user owns, newest first; staff see all.

    Args:
        cursor (str | Unset):
        kind (ListIncidentsKind | Unset):
        limit (int | Unset):  Default: 50.
        since (datetime.datetime | Unset):
        state (ListIncidentsState | Unset):
        task_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PaginatedIncidentList | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            cursor=cursor,
            kind=kind,
            limit=limit,
            since=since,
            state=state,
            task_id=task_id,
        )
    ).parsed
