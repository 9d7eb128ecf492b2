from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.list_task_runs_reason_of_the_failure import (
    ListTaskRunsReasonOfTheFailure,
)
from ...models.list_task_runs_reason_of_the_skip import ListTaskRunsReasonOfTheSkip
from ...models.list_task_runs_status import ListTaskRunsStatus
from ...models.list_task_runs_trigger import ListTaskRunsTrigger
from ...models.paginated_run_list import PaginatedRunList
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    id: str,
    *,
    cursor: str | Unset = UNSET,
    failure_reason: ListTaskRunsReasonOfTheFailure | Unset = UNSET,
    limit: int | Unset = 50,
    skip_reason: ListTaskRunsReasonOfTheSkip | Unset = UNSET,
    status: ListTaskRunsStatus | Unset = UNSET,
    trigger: ListTaskRunsTrigger | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

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

    json_trigger: str | Unset = UNSET
    if not isinstance(trigger, Unset):
        json_trigger = trigger.value

    params["trigger"] = json_trigger

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v2/admin/scheduled-tasks/{id}/runs".format(
            id=quote(str(id), safe=""),
        ),
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
) -> Response[PaginatedRunList | Problem]:
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
    cursor: str | Unset = UNSET,
    failure_reason: ListTaskRunsReasonOfTheFailure | Unset = UNSET,
    limit: int | Unset = 50,
    skip_reason: ListTaskRunsReasonOfTheSkip | Unset = UNSET,
    status: ListTaskRunsStatus | Unset = UNSET,
    trigger: ListTaskRunsTrigger | Unset = UNSET,
) -> Response[PaginatedRunList | Problem]:
    """The task's runs with their notification results, newest first.

    Args:
        id (str):
        cursor (str | Unset):
        failure_reason (ListTaskRunsReasonOfTheFailure | Unset):
        limit (int | Unset):  Default: 50.
        skip_reason (ListTaskRunsReasonOfTheSkip | Unset):
        status (ListTaskRunsStatus | Unset):
        trigger (ListTaskRunsTrigger | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PaginatedRunList | Problem]
    """

    kwargs = _get_kwargs(
        id=id,
        cursor=cursor,
        failure_reason=failure_reason,
        limit=limit,
        skip_reason=skip_reason,
        status=status,
        trigger=trigger,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    id: str,
    *,
    client: AuthenticatedClient,
    cursor: str | Unset = UNSET,
    failure_reason: ListTaskRunsReasonOfTheFailure | Unset = UNSET,
    limit: int | Unset = 50,
    skip_reason: ListTaskRunsReasonOfTheSkip | Unset = UNSET,
    status: ListTaskRunsStatus | Unset = UNSET,
    trigger: ListTaskRunsTrigger | Unset = UNSET,
) -> PaginatedRunList | Problem | None:
    """The task's runs with their notification results, newest first.

    Args:
        id (str):
        cursor (str | Unset):
        failure_reason (ListTaskRunsReasonOfTheFailure | Unset):
        limit (int | Unset):  Default: 50.
        skip_reason (ListTaskRunsReasonOfTheSkip | Unset):
        status (ListTaskRunsStatus | Unset):
        trigger (ListTaskRunsTrigger | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PaginatedRunList | Problem
    """

    return sync_detailed(
        id=id,
        client=client,
        cursor=cursor,
        failure_reason=failure_reason,
        limit=limit,
        skip_reason=skip_reason,
        status=status,
        trigger=trigger,
    ).parsed


async def asyncio_detailed(
    id: str,
    *,
    client: AuthenticatedClient,
    cursor: str | Unset = UNSET,
    failure_reason: ListTaskRunsReasonOfTheFailure | Unset = UNSET,
    limit: int | Unset = 50,
    skip_reason: ListTaskRunsReasonOfTheSkip | Unset = UNSET,
    status: ListTaskRunsStatus | Unset = UNSET,
    trigger: ListTaskRunsTrigger | Unset = UNSET,
) -> Response[PaginatedRunList | Problem]:
    """The task's runs with their notification results, newest first.

    Args:
        id (str):
        cursor (str | Unset):
        failure_reason (ListTaskRunsReasonOfTheFailure | Unset):
        limit (int | Unset):  Default: 50.
        skip_reason (ListTaskRunsReasonOfTheSkip | Unset):
        status (ListTaskRunsStatus | Unset):
        trigger (ListTaskRunsTrigger | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PaginatedRunList | Problem]
    """

    kwargs = _get_kwargs(
        id=id,
        cursor=cursor,
        failure_reason=failure_reason,
        limit=limit,
        skip_reason=skip_reason,
        status=status,
        trigger=trigger,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    id: str,
    *,
    client: AuthenticatedClient,
    cursor: str | Unset = UNSET,
    failure_reason: ListTaskRunsReasonOfTheFailure | Unset = UNSET,
    limit: int | Unset = 50,
    skip_reason: ListTaskRunsReasonOfTheSkip | Unset = UNSET,
    status: ListTaskRunsStatus | Unset = UNSET,
    trigger: ListTaskRunsTrigger | Unset = UNSET,
) -> PaginatedRunList | Problem | None:
    """The task's runs with their notification results, newest first.

    Args:
        id (str):
        cursor (str | Unset):
        failure_reason (ListTaskRunsReasonOfTheFailure | Unset):
        limit (int | Unset):  Default: 50.
        skip_reason (ListTaskRunsReasonOfTheSkip | Unset):
        status (ListTaskRunsStatus | Unset):
        trigger (ListTaskRunsTrigger | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PaginatedRunList | Problem
    """

    return (
        await asyncio_detailed(
            id=id,
            client=client,
            cursor=cursor,
            failure_reason=failure_reason,
            limit=limit,
            skip_reason=skip_reason,
            status=status,
            trigger=trigger,
        )
    ).parsed
