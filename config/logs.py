"""What the log leaves out."""

from __future__ import annotations

import logging


class RefusalsInOneLine(logging.Filter):
    """A request that was refused (4xx) is no fault of ours: its line says it, without a trace."""

    def filter(self, record: logging.LogRecord) -> bool:
        if 400 <= getattr(record, "status_code", 0) < 500:
            record.exc_info = None
        return True
