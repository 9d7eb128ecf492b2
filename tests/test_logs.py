"""What the log says of requests."""

from __future__ import annotations

import logging

from config.logs import CallbacksUnnamed, RefusalsInOneLine


def record(status: int) -> logging.LogRecord:
    made = logging.makeLogRecord({"status_code": status})
    made.exc_info = (ValueError, ValueError("no"), None)
    RefusalsInOneLine().filter(made)
    return made


def test_a_refused_request_is_one_line():
    assert record(403).exc_info is None


def test_a_fault_keeps_its_trace():
    assert record(500).exc_info is not None


def test_the_address_of_a_callback_is_not_logged():
    path = "/v2/callbacks/s3cret"
    made = logging.makeLogRecord({"msg": "%s: %s", "args": ("Not Found", path)})
    CallbacksUnnamed().filter(made)
    assert made.getMessage() == "Not Found: /v2/callbacks/***"
