from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.exports import Exports
from ...models.get_task_exports_kind import GetTaskExportsKind
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    id: str,
    *,
    kind: GetTaskExportsKind | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_kind: str | Unset = UNSET
    if not isinstance(kind, Unset):
        json_kind = kind.value

    params["kind"] = json_kind

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v2/admin/scheduled-tasks/{id}/exports".format(
            id=quote(str(id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Exports | Problem | None:
    if response.status_code == 200:
        response_200 = Exports.from_dict(response.json())

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
) -> Response[Exports | Problem]:
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
    kind: GetTaskExportsKind | Unset = UNSET,
) -> Response[Exports | Problem]:
    """A webhook URL, crontab lines and Kubernetes manifests that trigger the task.

    Args:
        id (str):
        kind (GetTaskExportsKind | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Exports | Problem]
    """

    kwargs = _get_kwargs(
        id=id,
        kind=kind,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    id: str,
    *,
    client: AuthenticatedClient,
    kind: GetTaskExportsKind | Unset = UNSET,
) -> Exports | Problem | None:
    """A webhook URL, crontab lines and Kubernetes manifests that trigger the task.

    Args:
        id (str):
        kind (GetTaskExportsKind | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Exports | Problem
    """

    return sync_detailed(
        id=id,
        client=client,
        kind=kind,
    ).parsed


async def asyncio_detailed(
    id: str,
    *,
    client: AuthenticatedClient,
    kind: GetTaskExportsKind | Unset = UNSET,
) -> Response[Exports | Problem]:
    """A webhook URL, crontab lines and Kubernetes manifests that trigger the task.

    Args:
        id (str):
        kind (GetTaskExportsKind | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Exports | Problem]
    """

    kwargs = _get_kwargs(
        id=id,
        kind=kind,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    id: str,
    *,
    client: AuthenticatedClient,
    kind: GetTaskExportsKind | Unset = UNSET,
) -> Exports | Problem | None:
    """A webhook URL, crontab lines and Kubernetes manifests that trigger the task.

    Args:
        id (str):
        kind (GetTaskExportsKind | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Exports | Problem
    """

    return (
        await asyncio_detailed(
            id=id,
            client=client,
            kind=kind,
        )
    ).parsed
