"""The container's health check: exit 0 if GET /healthz is answered without a server error."""

from __future__ import annotations

import http.client
import os
import sys


def main() -> int:
    """Ask the web process of this container, under a name that it accepts."""
    host = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip(" *.") or "localhost"
    connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        return 0 if connection.getresponse().status < 500 else 1
    except OSError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
