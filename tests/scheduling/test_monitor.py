"""The outside monitor is called, in time, and its address stays a secret."""

from __future__ import annotations

import threading

import pytest
from werkzeug import Request, Response

from config.checks import check_limits
from scheduling.monitor import Monitor, monitor_of_settings
from tests.scheduling.threads import await_true


def threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "monitor"]


def idle() -> None:
    await_true(lambda: not threads(), "the call to end")


@pytest.fixture
def calls(httpserver):
    """How often the monitor was called."""

    def number() -> int:
        idle()
        return len(httpserver.log)

    return number


def test_it_is_called(httpserver, calls):
    httpserver.expect_request("/ping/secret").respond_with_data("OK")
    Monitor(httpserver.url_for("/ping/secret"), 60).ping()
    assert calls() == 1


def test_it_is_called_no_more_often_than_was_asked_for(httpserver, calls):
    httpserver.expect_request("/").respond_with_data("OK")
    monitor = Monitor(httpserver.url_for("/"), 60)
    for _ in range(5):
        monitor.ping()
    assert calls() == 1
    eager = Monitor(httpserver.url_for("/"), 0)
    eager.ping()
    idle()
    eager.ping()
    assert calls() == 3


def test_a_monitor_that_hangs_holds_nobody_up_and_is_called_once(httpserver):
    asked, answer = threading.Semaphore(0), threading.Event()

    def hang(_request: Request) -> Response:
        asked.release()
        answer.wait(20)
        return Response("OK")

    httpserver.expect_request("/").respond_with_handler(hang)
    monitor = Monitor(httpserver.url_for("/"), 0)
    monitor.ping()
    assert asked.acquire(timeout=10)
    for _ in range(5):
        monitor.ping()
    assert len(threads()) == 1
    answer.set()
    idle()


def test_errors_are_logged_once_until_it_works_again(httpserver, calls, caplog):
    caplog.set_level("INFO", "scheduling.monitor")
    httpserver.expect_ordered_request("/secret").respond_with_data(status=500)
    httpserver.expect_ordered_request("/secret").respond_with_data(status=500)
    httpserver.expect_ordered_request("/secret").respond_with_data("OK")
    monitor = Monitor(httpserver.url_for("/secret"), 0)
    for _ in range(3):
        monitor.ping()
        calls()
    words = [each.message for each in caplog.records if each.name == "scheduling.monitor"]  # fmt: skip
    assert len(words) == 2
    assert "HTTP 500" in words[0]
    assert "reached again" in words[1]


def test_neither_the_path_nor_an_error_shows_the_secret(caplog):
    Monitor("http://user:key@127.0.0.1:1/secret?token=key", 60).ping()
    idle()
    assert "http://127.0.0.1 was not reached: ConnectionError" in caplog.text
    assert "secret" not in caplog.text
    assert "key" not in caplog.text


def test_without_an_address_nothing_is_called(configure):
    configure("SCHEDULING", monitor_url="")
    monitor_of_settings().ping()
    assert threads() == []


def test_the_settings_name_it(configure, httpserver, calls):
    httpserver.expect_request("/beat").respond_with_data("OK")
    configure("SCHEDULING", monitor_url=httpserver.url_for("/beat"), monitor_seconds=60)
    monitor_of_settings().ping()
    assert calls() == 1


@pytest.mark.parametrize("url", ["ftp://example.com/x", "example.com/secret", "https://", "http://[::1"])  # fmt: skip
def test_an_address_that_cannot_be_called_is_refused_at_the_start(configure, url):
    configure("SCHEDULING", monitor_url=url)
    (found,) = check_limits(None)
    assert found.id == "config.E008"
    assert "secret" not in str(found)


def test_an_address_that_can_be_called_is_taken(configure):
    configure("SCHEDULING", monitor_url="https://hc.example.com/ping/secret")
    assert check_limits(None) == []
