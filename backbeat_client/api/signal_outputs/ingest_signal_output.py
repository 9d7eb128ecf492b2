from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.ingest_request import IngestRequest
from ...models.problem import Problem
from ...models.signal import Signal
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: IngestRequest | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    webhook_id: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    if not isinstance(webhook_id, Unset):
        headers["webhook-id"] = webhook_id

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v2/signal-outputs/ingest",
    }

    if not isinstance(body, Unset):
        _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | Signal | None:
    if response.status_code == 200:
        response_200 = Signal.from_dict(response.json())

        return response_200

    if response.status_code == 201:
        response_201 = Signal.from_dict(response.json())

        return response_201

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

    if response.status_code == 409:
        response_409 = Problem.from_dict(response.json())

        return response_409

    if response.status_code == 413:
        response_413 = Problem.from_dict(response.json())

        return response_413

    if response.status_code == 415:
        response_415 = Problem.from_dict(response.json())

        return response_415

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Problem | Signal]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: IngestRequest | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    webhook_id: str | Unset = UNSET,
) -> Response[Problem | Signal]:
    """Store a signal output: 201, or 200 with the one stored earlier under the same key.

    The key is the header `Idempotency-Key`, else `idempotency_key` in the body, else the
    header `webhook-id` (Standard Webhooks) with the run's id.

    Args:
        idempotency_key (str | Unset):
        webhook_id (str | Unset):
        body (IngestRequest | Unset): Describes the body; `signals.payload` reads it.

            Every field may be left out, though not all. `ticker`, `event_type`, `event_date`,
            `source`, the layers and the factors are also taken from a `content` that is
            an object, and from `metadata`.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Signal]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
        webhook_id=webhook_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: IngestRequest | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    webhook_id: str | Unset = UNSET,
) -> Problem | Signal | None:
    """Store a signal output: 201, or 200 with the one stored earlier under the same key.

    The key is the header `Idempotency-Key`, else `idempotency_key` in the body, else the
    header `webhook-id` (Standard Webhooks) with the run's id.

    Args:
        idempotency_key (str | Unset):
        webhook_id (str | Unset):
        body (IngestRequest | Unset): Describes the body; `signals.payload` reads it.

            Every field may be left out, though not all. `ticker`, `event_type`, `event_date`,
            `source`, the layers and the factors are also taken from a `content` that is
            an object, and from `metadata`.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Signal
    """

    return sync_detailed(
        client=client,
        body=body,
        idempotency_key=idempotency_key,
        webhook_id=webhook_id,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: IngestRequest | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    webhook_id: str | Unset = UNSET,
) -> Response[Problem | Signal]:
    """Store a signal output: 201, or 200 with the one stored earlier under the same key.

    The key is the header `Idempotency-Key`, else `idempotency_key` in the body, else the
    header `webhook-id` (Standard Webhooks) with the run's id.

    Args:
        idempotency_key (str | Unset):
        webhook_id (str | Unset):
        body (IngestRequest | Unset): Describes the body; `signals.payload` reads it.

            Every field may be left out, though not all. `ticker`, `event_type`, `event_date`,
            `source`, the layers and the factors are also taken from a `content` that is
            an object, and from `metadata`.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Signal]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
        webhook_id=webhook_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: IngestRequest | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    webhook_id: str | Unset = UNSET,
) -> Problem | Signal | None:
    """Store a signal output: 201, or 200 with the one stored earlier under the same key.

    The key is the header `Idempotency-Key`, else `idempotency_key` in the body, else the
    header `webhook-id` (Standard Webhooks) with the run's id.

    Args:
        idempotency_key (str | Unset):
        webhook_id (str | Unset):
        body (IngestRequest | Unset): Describes the body; `signals.payload` reads it.

            Every field may be left out, though not all. `ticker`, `event_type`, `event_date`,
            `source`, the layers and the factors are also taken from a `content` that is
            an object, and from `metadata`.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Signal
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            idempotency_key=idempotency_key,
            webhook_id=webhook_id,
        )
    ).parsed
