from http import HTTPStatus
from typing import Any
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.list_deliveries_kind import ListDeliveriesKind
from ...models.list_deliveries_status import ListDeliveriesStatus
from ...models.paginated_delivery_list import PaginatedDeliveryList
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    cursor: str | Unset = UNSET,
    digest_id: UUID | Unset = UNSET,
    format_: str | Unset = UNSET,
    incident_id: int | Unset = UNSET,
    kind: ListDeliveriesKind | Unset = UNSET,
    limit: int | Unset = 50,
    run_id: UUID | Unset = UNSET,
    status: ListDeliveriesStatus | Unset = UNSET,
    task_id: str | Unset = UNSET,
    webhook_id: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["cursor"] = cursor

    json_digest_id: str | Unset = UNSET
    if not isinstance(digest_id, Unset):
        json_digest_id = str(digest_id)
    params["digest_id"] = json_digest_id

    params["format"] = format_

    params["incident_id"] = incident_id

    json_kind: str | Unset = UNSET
    if not isinstance(kind, Unset):
        json_kind = kind.value

    params["kind"] = json_kind

    params["limit"] = limit

    json_run_id: str | Unset = UNSET
    if not isinstance(run_id, Unset):
        json_run_id = str(run_id)
    params["run_id"] = json_run_id

    json_status: str | Unset = UNSET
    if not isinstance(status, Unset):
        json_status = status.value

    params["status"] = json_status

    params["task_id"] = task_id

    params["webhook_id"] = webhook_id

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v2/admin/deliveries/",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> PaginatedDeliveryList | Problem | None:
    if response.status_code == 200:
        response_200 = PaginatedDeliveryList.from_dict(response.json())

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
) -> Response[PaginatedDeliveryList | Problem]:
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
    digest_id: UUID | Unset = UNSET,
    format_: str | Unset = UNSET,
    incident_id: int | Unset = UNSET,
    kind: ListDeliveriesKind | Unset = UNSET,
    limit: int | Unset = 50,
    run_id: UUID | Unset = UNSET,
    status: ListDeliveriesStatus | Unset = UNSET,
    task_id: str | Unset = UNSET,
    webhook_id: int | Unset = UNSET,
) -> Response[PaginatedDeliveryList | Problem]:
    """Deliveries, newest first.

    Args:
        cursor (str | Unset):
        digest_id (UUID | Unset):
        format_ (str | Unset):
        incident_id (int | Unset):
        kind (ListDeliveriesKind | Unset):
        limit (int | Unset):  Default: 50.
        run_id (UUID | Unset):
        status (ListDeliveriesStatus | Unset):
        task_id (str | Unset):
        webhook_id (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PaginatedDeliveryList | Problem]
    """

    kwargs = _get_kwargs(
        cursor=cursor,
        digest_id=digest_id,
        format_=format_,
        incident_id=incident_id,
        kind=kind,
        limit=limit,
        run_id=run_id,
        status=status,
        task_id=task_id,
        webhook_id=webhook_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    cursor: str | Unset = UNSET,
    digest_id: UUID | Unset = UNSET,
    format_: str | Unset = UNSET,
    incident_id: int | Unset = UNSET,
    kind: ListDeliveriesKind | Unset = UNSET,
    limit: int | Unset = 50,
    run_id: UUID | Unset = UNSET,
    status: ListDeliveriesStatus | Unset = UNSET,
    task_id: str | Unset = UNSET,
    webhook_id: int | Unset = UNSET,
) -> PaginatedDeliveryList | Problem | None:
    """Deliveries, newest first.

    Args:
        cursor (str | Unset):
        digest_id (UUID | Unset):
        format_ (str | Unset):
        incident_id (int | Unset):
        kind (ListDeliveriesKind | Unset):
        limit (int | Unset):  Default: 50.
        run_id (UUID | Unset):
        status (ListDeliveriesStatus | Unset):
        task_id (str | Unset):
        webhook_id (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PaginatedDeliveryList | Problem
    """

    return sync_detailed(
        client=client,
        cursor=cursor,
        digest_id=digest_id,
        format_=format_,
        incident_id=incident_id,
        kind=kind,
        limit=limit,
        run_id=run_id,
        status=status,
        task_id=task_id,
        webhook_id=webhook_id,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    cursor: str | Unset = UNSET,
    digest_id: UUID | Unset = UNSET,
    format_: str | Unset = UNSET,
    incident_id: int | Unset = UNSET,
    kind: ListDeliveriesKind | Unset = UNSET,
    limit: int | Unset = 50,
    run_id: UUID | Unset = UNSET,
    status: ListDeliveriesStatus | Unset = UNSET,
    task_id: str | Unset = UNSET,
    webhook_id: int | Unset = UNSET,
) -> Response[PaginatedDeliveryList | Problem]:
    """Deliveries, newest first.

    Args:
        cursor (str | Unset):
        digest_id (UUID | Unset):
        format_ (str | Unset):
        incident_id (int | Unset):
        kind (ListDeliveriesKind | Unset):
        limit (int | Unset):  Default: 50.
        run_id (UUID | Unset):
        status (ListDeliveriesStatus | Unset):
        task_id (str | Unset):
        webhook_id (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PaginatedDeliveryList | Problem]
    """

    kwargs = _get_kwargs(
        cursor=cursor,
        digest_id=digest_id,
        format_=format_,
        incident_id=incident_id,
        kind=kind,
        limit=limit,
        run_id=run_id,
        status=status,
        task_id=task_id,
        webhook_id=webhook_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    cursor: str | Unset = UNSET,
    digest_id: UUID | Unset = UNSET,
    format_: str | Unset = UNSET,
    incident_id: int | Unset = UNSET,
    kind: ListDeliveriesKind | Unset = UNSET,
    limit: int | Unset = 50,
    run_id: UUID | Unset = UNSET,
    status: ListDeliveriesStatus | Unset = UNSET,
    task_id: str | Unset = UNSET,
    webhook_id: int | Unset = UNSET,
) -> PaginatedDeliveryList | Problem | None:
    """Deliveries, newest first.

    Args:
        cursor (str | Unset):
        digest_id (UUID | Unset):
        format_ (str | Unset):
        incident_id (int | Unset):
        kind (ListDeliveriesKind | Unset):
        limit (int | Unset):  Default: 50.
        run_id (UUID | Unset):
        status (ListDeliveriesStatus | Unset):
        task_id (str | Unset):
        webhook_id (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PaginatedDeliveryList | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            cursor=cursor,
            digest_id=digest_id,
            format_=format_,
            incident_id=incident_id,
            kind=kind,
            limit=limit,
            run_id=run_id,
            status=status,
            task_id=task_id,
            webhook_id=webhook_id,
        )
    ).parsed
