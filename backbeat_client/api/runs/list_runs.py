import datetime
from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.list_runs_reason_of_the_failure import ListRunsReasonOfTheFailure
from ...models.list_runs_reason_of_the_skip import ListRunsReasonOfTheSkip
from ...models.list_runs_status import ListRunsStatus
from ...models.list_runs_trigger import ListRunsTrigger
from ...models.paginated_run_list import PaginatedRunList
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    agent_id: str | Unset = UNSET,
    created_from: datetime.datetime | Unset = UNSET,
    created_to: datetime.datetime | Unset = UNSET,
    cursor: str | Unset = UNSET,
    failure_reason: ListRunsReasonOfTheFailure | Unset = UNSET,
    limit: int | Unset = 50,
    skip_reason: ListRunsReasonOfTheSkip | Unset = UNSET,
    status: ListRunsStatus | Unset = UNSET,
    task_id: str | Unset = UNSET,
    trigger: ListRunsTrigger | Unset = UNSET,
    user_id: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["agent_id"] = agent_id

    json_created_from: str | Unset = UNSET
    if not isinstance(created_from, Unset):
        json_created_from = created_from.isoformat()
    params["created_from"] = json_created_from

    json_created_to: str | Unset = UNSET
    if not isinstance(created_to, Unset):
        json_created_to = created_to.isoformat()
    params["created_to"] = json_created_to

    params["cursor"] = cursor

    json_failure_reason: str | Unset = UNSET
    if not isinstance(failure_reason, Unset):
        json_failure_reason = failure_reason.value

    params["failure_reason"] = json_failure_reason

    params["limit"] = limit

    json_skip_reason: str | Unset = UNSET
    if not isinstance(skip_reason, Unset):
        json_skip_reason = skip_reason.value

    params["skip_reason"] = json_skip_reason

    json_status: str | Unset = UNSET
    if not isinstance(status, Unset):
        json_status = status.value

    params["status"] = json_status

    params["task_id"] = task_id

    json_trigger: str | Unset = UNSET
    if not isinstance(trigger, Unset):
        json_trigger = trigger.value

    params["trigger"] = json_trigger

    params["user_id"] = user_id

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v2/admin/runs/",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> PaginatedRunList | Problem | None:
    if response.status_code == 200:
        response_200 = PaginatedRunList.from_dict(response.json())

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
) -> Response[PaginatedRunList | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    agent_id: str | Unset = UNSET,
    created_from: datetime.datetime | Unset = UNSET,
    created_to: datetime.datetime | Unset = UNSET,
    cursor: str | Unset = UNSET,
    failure_reason: ListRunsReasonOfTheFailure | Unset = UNSET,
    limit: int | Unset = 50,
    skip_reason: ListRunsReasonOfTheSkip | Unset = UNSET,
    status: ListRunsStatus | Unset = UNSET,
    task_id: str | Unset = UNSET,
    trigger: ListRunsTrigger | Unset = UNSET,
    user_id: str | Unset = UNSET,
) -> Response[PaginatedRunList | Problem]:
    """The runs, newest first.

    Args:
        agent_id (str | Unset):
        created_from (datetime.datetime | Unset):
        created_to (datetime.datetime | Unset):
        cursor (str | Unset):
        failure_reason (ListRunsReasonOfTheFailure | Unset):
        limit (int | Unset):  Default: 50.
        skip_reason (ListRunsReasonOfTheSkip | Unset):
        status (ListRunsStatus | Unset):
        task_id (str | Unset):
        trigger (ListRunsTrigger | Unset):
        user_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PaginatedRunList | Problem]
    """

    kwargs = _get_kwargs(
        agent_id=agent_id,
        created_from=created_from,
        created_to=created_to,
        cursor=cursor,
        failure_reason=failure_reason,
        limit=limit,
        skip_reason=skip_reason,
        status=status,
        task_id=task_id,
        trigger=trigger,
        user_id=user_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    agent_id: str | Unset = UNSET,
    created_from: datetime.datetime | Unset = UNSET,
    created_to: datetime.datetime | Unset = UNSET,
    cursor: str | Unset = UNSET,
    failure_reason: ListRunsReasonOfTheFailure | Unset = UNSET,
    limit: int | Unset = 50,
    skip_reason: ListRunsReasonOfTheSkip | Unset = UNSET,
    status: ListRunsStatus | Unset = UNSET,
    task_id: str | Unset = UNSET,
    trigger: ListRunsTrigger | Unset = UNSET,
    user_id: str | Unset = UNSET,
) -> PaginatedRunList | Problem | None:
    """The runs, newest first.

    Args:
        agent_id (str | Unset):
        created_from (datetime.datetime | Unset):
        created_to (datetime.datetime | Unset):
        cursor (str | Unset):
        failure_reason (ListRunsReasonOfTheFailure | Unset):
        limit (int | Unset):  Default: 50.
        skip_reason (ListRunsReasonOfTheSkip | Unset):
        status (ListRunsStatus | Unset):
        task_id (str | Unset):
        trigger (ListRunsTrigger | Unset):
        user_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PaginatedRunList | Problem
    """

    return sync_detailed(
        client=client,
        agent_id=agent_id,
        created_from=created_from,
        created_to=created_to,
        cursor=cursor,
        failure_reason=failure_reason,
        limit=limit,
        skip_reason=skip_reason,
        status=status,
        task_id=task_id,
        trigger=trigger,
        user_id=user_id,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    agent_id: str | Unset = UNSET,
    created_from: datetime.datetime | Unset = UNSET,
    created_to: datetime.datetime | Unset = UNSET,
    cursor: str | Unset = UNSET,
    failure_reason: ListRunsReasonOfTheFailure | Unset = UNSET,
    limit: int | Unset = 50,
    skip_reason: ListRunsReasonOfTheSkip | Unset = UNSET,
    status: ListRunsStatus | Unset = UNSET,
    task_id: str | Unset = UNSET,
    trigger: ListRunsTrigger | Unset = UNSET,
    user_id: str | Unset = UNSET,
) -> Response[PaginatedRunList | Problem]:
    """The runs, newest first.

    Args:
        agent_id (str | Unset):
        created_from (datetime.datetime | Unset):
        created_to (datetime.datetime | Unset):
        cursor (str | Unset):
        failure_reason (ListRunsReasonOfTheFailure | Unset):
        limit (int | Unset):  Default: 50.
        skip_reason (ListRunsReasonOfTheSkip | Unset):
        status (ListRunsStatus | Unset):
        task_id (str | Unset):
        trigger (ListRunsTrigger | Unset):
        user_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PaginatedRunList | Problem]
    """

    kwargs = _get_kwargs(
        agent_id=agent_id,
        created_from=created_from,
        created_to=created_to,
        cursor=cursor,
        failure_reason=failure_reason,
        limit=limit,
        skip_reason=skip_reason,
        status=status,
        task_id=task_id,
        trigger=trigger,
        user_id=user_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    agent_id: str | Unset = UNSET,
    created_from: datetime.datetime | Unset = UNSET,
    created_to: datetime.datetime | Unset = UNSET,
    cursor: str | Unset = UNSET,
    failure_reason: ListRunsReasonOfTheFailure | Unset = UNSET,
    limit: int | Unset = 50,
    skip_reason: ListRunsReasonOfTheSkip | Unset = UNSET,
    status: ListRunsStatus | Unset = UNSET,
    task_id: str | Unset = UNSET,
    trigger: ListRunsTrigger | Unset = UNSET,
    user_id: str | Unset = UNSET,
) -> PaginatedRunList | Problem | None:
    """The runs, newest first.

    Args:
        agent_id (str | Unset):
        created_from (datetime.datetime | Unset):
        created_to (datetime.datetime | Unset):
        cursor (str | Unset):
        failure_reason (ListRunsReasonOfTheFailure | Unset):
        limit (int | Unset):  Default: 50.
        skip_reason (ListRunsReasonOfTheSkip | Unset):
        status (ListRunsStatus | Unset):
        task_id (str | Unset):
        trigger (ListRunsTrigger | Unset):
        user_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PaginatedRunList | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            agent_id=agent_id,
            created_from=created_from,
            created_to=created_to,
            cursor=cursor,
            failure_reason=failure_reason,
            limit=limit,
            skip_reason=skip_reason,
            status=status,
            task_id=task_id,
            trigger=trigger,
            user_id=user_id,
        )
    ).parsed
