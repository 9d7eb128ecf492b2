from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.list_tasks_schedule import ListTasksSchedule
from ...models.paginated_task_list import PaginatedTaskList
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    active: bool | Unset = UNSET,
    agent_id: str | Unset = UNSET,
    cursor: str | Unset = UNSET,
    last_status: str | Unset = UNSET,
    late: bool | Unset = UNSET,
    limit: int | Unset = 50,
    offset: int | Unset = 0,
    schedule_type: ListTasksSchedule | Unset = UNSET,
    search: str | Unset = UNSET,
    tag: str | Unset = UNSET,
    target_user_id: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["active"] = active

    params["agent_id"] = agent_id

    params["cursor"] = cursor

    params["last_status"] = last_status

    params["late"] = late

    params["limit"] = limit

    params["offset"] = offset

    json_schedule_type: str | Unset = UNSET
    if not isinstance(schedule_type, Unset):
        json_schedule_type = schedule_type.value

    params["schedule_type"] = json_schedule_type

    params["search"] = search

    params["tag"] = tag

    params["target_user_id"] = target_user_id

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v2/admin/scheduled-tasks/",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> PaginatedTaskList | Problem | None:
    if response.status_code == 200:
        response_200 = PaginatedTaskList.from_dict(response.json())

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
) -> Response[PaginatedTaskList | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    active: bool | Unset = UNSET,
    agent_id: str | Unset = UNSET,
    cursor: str | Unset = UNSET,
    last_status: str | Unset = UNSET,
    late: bool | Unset = UNSET,
    limit: int | Unset = 50,
    offset: int | Unset = 0,
    schedule_type: ListTasksSchedule | Unset = UNSET,
    search: str | Unset = UNSET,
    tag: str | Unset = UNSET,
    target_user_id: str | Unset = UNSET,
) -> Response[PaginatedTaskList | Problem]:
    """The tasks that the user sees: all for staff, else those they own or are the target of.

    Args:
        active (bool | Unset):
        agent_id (str | Unset):
        cursor (str | Unset):
        last_status (str | Unset):
        late (bool | Unset):
        limit (int | Unset):  Default: 50.
        offset (int | Unset):  Default: 0.
        schedule_type (ListTasksSchedule | Unset):
        search (str | Unset):
        tag (str | Unset):
        target_user_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PaginatedTaskList | Problem]
    """

    kwargs = _get_kwargs(
        active=active,
        agent_id=agent_id,
        cursor=cursor,
        last_status=last_status,
        late=late,
        limit=limit,
        offset=offset,
        schedule_type=schedule_type,
        search=search,
        tag=tag,
        target_user_id=target_user_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    active: bool | Unset = UNSET,
    agent_id: str | Unset = UNSET,
    cursor: str | Unset = UNSET,
    last_status: str | Unset = UNSET,
    late: bool | Unset = UNSET,
    limit: int | Unset = 50,
    offset: int | Unset = 0,
    schedule_type: ListTasksSchedule | Unset = UNSET,
    search: str | Unset = UNSET,
    tag: str | Unset = UNSET,
    target_user_id: str | Unset = UNSET,
) -> PaginatedTaskList | Problem | None:
    """The tasks that the user sees: all for staff, else those they own or are the target of.

    Args:
        active (bool | Unset):
        agent_id (str | Unset):
        cursor (str | Unset):
        last_status (str | Unset):
        late (bool | Unset):
        limit (int | Unset):  Default: 50.
        offset (int | Unset):  Default: 0.
        schedule_type (ListTasksSchedule | Unset):
        search (str | Unset):
        tag (str | Unset):
        target_user_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PaginatedTaskList | Problem
    """

    return sync_detailed(
        client=client,
        active=active,
        agent_id=agent_id,
        cursor=cursor,
        last_status=last_status,
        late=late,
        limit=limit,
        offset=offset,
        schedule_type=schedule_type,
        search=search,
        tag=tag,
        target_user_id=target_user_id,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    active: bool | Unset = UNSET,
    agent_id: str | Unset = UNSET,
    cursor: str | Unset = UNSET,
    last_status: str | Unset = UNSET,
    late: bool | Unset = UNSET,
    limit: int | Unset = 50,
    offset: int | Unset = 0,
    schedule_type: ListTasksSchedule | Unset = UNSET,
    search: str | Unset = UNSET,
    tag: str | Unset = UNSET,
    target_user_id: str | Unset = UNSET,
) -> Response[PaginatedTaskList | Problem]:
    """The tasks that the user sees: all for staff, else those they own or are the target of.

    Args:
        active (bool | Unset):
        agent_id (str | Unset):
        cursor (str | Unset):
        last_status (str | Unset):
        late (bool | Unset):
        limit (int | Unset):  Default: 50.
        offset (int | Unset):  Default: 0.
        schedule_type (ListTasksSchedule | Unset):
        search (str | Unset):
        tag (str | Unset):
        target_user_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PaginatedTaskList | Problem]
    """

    kwargs = _get_kwargs(
        active=active,
        agent_id=agent_id,
        cursor=cursor,
        last_status=last_status,
        late=late,
        limit=limit,
        offset=offset,
        schedule_type=schedule_type,
        search=search,
        tag=tag,
        target_user_id=target_user_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    active: bool | Unset = UNSET,
    agent_id: str | Unset = UNSET,
    cursor: str | Unset = UNSET,
    last_status: str | Unset = UNSET,
    late: bool | Unset = UNSET,
    limit: int | Unset = 50,
    offset: int | Unset = 0,
    schedule_type: ListTasksSchedule | Unset = UNSET,
    search: str | Unset = UNSET,
    tag: str | Unset = UNSET,
    target_user_id: str | Unset = UNSET,
) -> PaginatedTaskList | Problem | None:
    """The tasks that the user sees: all for staff, else those they own or are the target of.

    Args:
        active (bool | Unset):
        agent_id (str | Unset):
        cursor (str | Unset):
        last_status (str | Unset):
        late (bool | Unset):
        limit (int | Unset):  Default: 50.
        offset (int | Unset):  Default: 0.
        schedule_type (ListTasksSchedule | Unset):
        search (str | Unset):
        tag (str | Unset):
        target_user_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PaginatedTaskList | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            active=active,
            agent_id=agent_id,
            cursor=cursor,
            last_status=last_status,
            late=late,
            limit=limit,
            offset=offset,
            schedule_type=schedule_type,
            search=search,
            tag=tag,
            target_user_id=target_user_id,
        )
    ).parsed
