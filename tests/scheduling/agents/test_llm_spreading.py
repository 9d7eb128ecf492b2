"""Requests that wait share pools of a few dozen connections."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx2
import pytest
from anyio import Event, create_task_group, fail_after

from scheduling.agents.llm.pools import Pools
from scheduling.agents.llm.spreading import KEPT_POOLS, ROOM, SpreadTransport

pytestmark = pytest.mark.anyio

Answer = Callable[[], Awaitable[httpx2.Response]]


class Pool(httpx2.AsyncBaseTransport):
    """Answers as `answer` does."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked = 0
        self.is_closed = False

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.asked += 1
        return await self.answer()

    async def aclose(self) -> None:
        self.is_closed = True


class Made(list[Pool]):
    """Those that a transport has made."""

    def transport(self, answer: Answer) -> SpreadTransport:
        def make() -> Pool:
            self.append(Pool(answer))
            return self[-1]

        return SpreadTransport(make)


async def _well() -> httpx2.Response:
    return httpx2.Response(200, stream=httpx2.ByteStream(b"well"))


def _request() -> httpx2.Request:
    return httpx2.Request("GET", "http://model.example/")


@pytest.fixture
def pools() -> Made:
    return Made()


async def _fill(transport: SpreadTransport, count: int) -> list[httpx2.Response]:
    return [await transport.handle_async_request(_request()) for _ in range(count)]


async def test_a_pool_takes_as_many_requests_as_it_has_room_for(pools):
    await _fill(pools.transport(_well), 2 * ROOM + 1)
    assert [pool.asked for pool in pools] == [ROOM, ROOM, 1]


async def test_a_response_that_is_closed_makes_room(pools):
    transport = pools.transport(_well)
    responses = await _fill(transport, ROOM)
    assert await responses[0].aread() == b"well"
    await _fill(transport, 1)
    assert [pool.asked for pool in pools] == [ROOM + 1]


async def test_a_response_that_is_closed_twice_makes_room_once(pools):
    transport = pools.transport(_well)
    responses = await _fill(transport, ROOM)
    await responses[0].stream.aclose()
    await responses[0].stream.aclose()
    await _fill(transport, 2)
    assert [pool.asked for pool in pools] == [ROOM + 1, 1]


async def test_a_request_that_fails_makes_room(pools):
    async def fail() -> httpx2.Response:
        raise httpx2.ConnectError("nobody there")

    transport = pools.transport(fail)
    for _ in range(ROOM + 1):
        with pytest.raises(httpx2.ConnectError):
            await _fill(transport, 1)
    assert [pool.asked for pool in pools] == [ROOM + 1]


async def test_a_request_that_is_cancelled_makes_room(pools):
    asked = Event()

    async def wait() -> httpx2.Response:
        asked.set()
        await Event().wait()
        raise AssertionError

    transport = pools.transport(_well)
    await _fill(transport, ROOM - 1)
    pools[0].answer = wait
    with fail_after(10):
        async with create_task_group() as group:
            group.start_soon(_fill, transport, 1)
            await asked.wait()
            group.cancel_scope.cancel()
    pools[0].answer = _well
    await _fill(transport, 1)
    assert [pool.asked for pool in pools] == [ROOM + 1]


async def test_a_pool_beyond_those_kept_is_closed_when_its_last_response_is(pools):
    responses = await _fill(pools.transport(_well), (KEPT_POOLS + 1) * ROOM)
    for response in responses:
        assert not pools[-1].is_closed
        await response.aclose()
    assert [pool.is_closed for pool in pools] == [False] * KEPT_POOLS + [True]


async def test_the_end_closes_all_pools(pools):
    transport = pools.transport(_well)
    responses = await _fill(transport, ROOM + 1)
    await transport.aclose()
    await responses[-1].aclose()
    assert [pool.is_closed for pool in pools] == [True, True]


async def test_a_known_address_is_reached_through_the_proxy_of_the_environment(
    monkeypatch, httpserver
):
    monkeypatch.setenv("HTTP_PROXY", httpserver.url_for(""))
    httpserver.expect_request("/").respond_with_data("from the proxy")
    pools = Pools(lambda _host, _port, _ip: None)
    try:
        answer = await pools.known.get("http://model.invalid/")
    finally:
        await pools.close()
    assert answer.text == "from the proxy"
