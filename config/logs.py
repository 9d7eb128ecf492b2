"""What the log leaves out."""

from __future__ import annotations

import logging
import re


class RefusalsInOneLine(logging.Filter):
    """A request that was refused (4xx) is no fault of ours: its line says it, without a trace."""

    def filter(self, record: logging.LogRecord) -> bool:
        if 400 <= getattr(record, "status_code", 0) < 500:
            record.exc_info = None
        return True


class CallbacksUnnamed(logging.Filter):
    """Whoever knows the address of a callback may answer the run: no log names one."""

    _ADDRESS = re.compile(r"(/v2/callbacks/)[^/\s'\"]+")

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                self._ADDRESS.sub(r"\1***", each) if isinstance(each, str) else each
                for each in record.args
            )
        return True
