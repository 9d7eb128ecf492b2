import datetime
from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.list_signal_outputs_status import ListSignalOutputsStatus
from ...models.paginated_signal_list import PaginatedSignalList
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    cursor: str | Unset = UNSET,
    event_date: datetime.date | Unset = UNSET,
    event_date_from: datetime.date | Unset = UNSET,
    event_date_to: datetime.date | Unset = UNSET,
    event_type: str | Unset = UNSET,
    limit: int | Unset = 50,
    run_id: str | Unset = UNSET,
    source: str | Unset = UNSET,
    status: ListSignalOutputsStatus | Unset = UNSET,
    task_id: str | Unset = UNSET,
    ticker: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["cursor"] = cursor

    json_event_date: str | Unset = UNSET
    if not isinstance(event_date, Unset):
        json_event_date = event_date.isoformat()
    params["event_date"] = json_event_date

    json_event_date_from: str | Unset = UNSET
    if not isinstance(event_date_from, Unset):
        json_event_date_from = event_date_from.isoformat()
    params["event_date_from"] = json_event_date_from

    json_event_date_to: str | Unset = UNSET
    if not isinstance(event_date_to, Unset):
        json_event_date_to = event_date_to.isoformat()
    params["event_date_to"] = json_event_date_to

    params["event_type"] = event_type

    params["limit"] = limit

    params["run_id"] = run_id

    params["source"] = source

    json_status: str | Unset = UNSET
    if not isinstance(status, Unset):
        json_status = status.value

    params["status"] = json_status

    params["task_id"] = task_id

    params["ticker"] = ticker

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v2/signal-outputs/",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> PaginatedSignalList | Problem | None:
    if response.status_code == 200:
        response_200 = PaginatedSignalList.from_dict(response.json())

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
) -> Response[PaginatedSignalList | Problem]:
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
    event_date: datetime.date | Unset = UNSET,
    event_date_from: datetime.date | Unset = UNSET,
    event_date_to: datetime.date | Unset = UNSET,
    event_type: str | Unset = UNSET,
    limit: int | Unset = 50,
    run_id: str | Unset = UNSET,
    source: str | Unset = UNSET,
    status: ListSignalOutputsStatus | Unset = UNSET,
    task_id: str | Unset = UNSET,
    ticker: str | Unset = UNSET,
) -> Response[PaginatedSignalList | Problem]:
    """What runs found and programs sent, newest first.

    Args:
        cursor (str | Unset):
        event_date (datetime.date | Unset):
        event_date_from (datetime.date | Unset):
        event_date_to (datetime.date | Unset):
        event_type (str | Unset):
        limit (int | Unset):  Default: 50.
        run_id (str | Unset):
        source (str | Unset):
        status (ListSignalOutputsStatus | Unset):
        task_id (str | Unset):
        ticker (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PaginatedSignalList | Problem]
    """

    kwargs = _get_kwargs(
        cursor=cursor,
        event_date=event_date,
        event_date_from=event_date_from,
        event_date_to=event_date_to,
        event_type=event_type,
        limit=limit,
        run_id=run_id,
        source=source,
        status=status,
        task_id=task_id,
        ticker=ticker,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    cursor: str | Unset = UNSET,
    event_date: datetime.date | Unset = UNSET,
    event_date_from: datetime.date | Unset = UNSET,
    event_date_to: datetime.date | Unset = UNSET,
    event_type: str | Unset = UNSET,
    limit: int | Unset = 50,
    run_id: str | Unset = UNSET,
    source: str | Unset = UNSET,
    status: ListSignalOutputsStatus | Unset = UNSET,
    task_id: str | Unset = UNSET,
    ticker: str | Unset = UNSET,
) -> PaginatedSignalList | Problem | None:
    """What runs found and programs sent, newest first.

    Args:
        cursor (str | Unset):
        event_date (datetime.date | Unset):
        event_date_from (datetime.date | Unset):
        event_date_to (datetime.date | Unset):
        event_type (str | Unset):
        limit (int | Unset):  Default: 50.
        run_id (str | Unset):
        source (str | Unset):
        status (ListSignalOutputsStatus | Unset):
        task_id (str | Unset):
        ticker (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PaginatedSignalList | Problem
    """

    return sync_detailed(
        client=client,
        cursor=cursor,
        event_date=event_date,
        event_date_from=event_date_from,
        event_date_to=event_date_to,
        event_type=event_type,
        limit=limit,
        run_id=run_id,
        source=source,
        status=status,
        task_id=task_id,
        ticker=ticker,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    cursor: str | Unset = UNSET,
    event_date: datetime.date | Unset = UNSET,
    event_date_from: datetime.date | Unset = UNSET,
    event_date_to: datetime.date | Unset = UNSET,
    event_type: str | Unset = UNSET,
    limit: int | Unset = 50,
    run_id: str | Unset = UNSET,
    source: str | Unset = UNSET,
    status: ListSignalOutputsStatus | Unset = UNSET,
    task_id: str | Unset = UNSET,
    ticker: str | Unset = UNSET,
) -> Response[PaginatedSignalList | Problem]:
    """What runs found and programs sent, newest first.

    Args:
        cursor (str | Unset):
        event_date (datetime.date | Unset):
        event_date_from (datetime.date | Unset):
        event_date_to (datetime.date | Unset):
        event_type (str | Unset):
        limit (int | Unset):  Default: 50.
        run_id (str | Unset):
        source (str | Unset):
        status (ListSignalOutputsStatus | Unset):
        task_id (str | Unset):
        ticker (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PaginatedSignalList | Problem]
    """

    kwargs = _get_kwargs(
        cursor=cursor,
        event_date=event_date,
        event_date_from=event_date_from,
        event_date_to=event_date_to,
        event_type=event_type,
        limit=limit,
        run_id=run_id,
        source=source,
        status=status,
        task_id=task_id,
        ticker=ticker,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    cursor: str | Unset = UNSET,
    event_date: datetime.date | Unset = UNSET,
    event_date_from: datetime.date | Unset = UNSET,
    event_date_to: datetime.date | Unset = UNSET,
    event_type: str | Unset = UNSET,
    limit: int | Unset = 50,
    run_id: str | Unset = UNSET,
    source: str | Unset = UNSET,
    status: ListSignalOutputsStatus | Unset = UNSET,
    task_id: str | Unset = UNSET,
    ticker: str | Unset = UNSET,
) -> PaginatedSignalList | Problem | None:
    """What runs found and programs sent, newest first.

    Args:
        cursor (str | Unset):
        event_date (datetime.date | Unset):
        event_date_from (datetime.date | Unset):
        event_date_to (datetime.date | Unset):
        event_type (str | Unset):
        limit (int | Unset):  Default: 50.
        run_id (str | Unset):
        source (str | Unset):
        status (ListSignalOutputsStatus | Unset):
        task_id (str | Unset):
        ticker (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PaginatedSignalList | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            cursor=cursor,
            event_date=event_date,
            event_date_from=event_date_from,
            event_date_to=event_date_to,
            event_type=event_type,
            limit=limit,
            run_id=run_id,
            source=source,
            status=status,
            task_id=task_id,
            ticker=ticker,
        )
    ).parsed
