"""Is the port free, does the web answer?"""

from __future__ import annotations

import errno
import http.client
import socket

from config.supervisor.exceptions import CannotStartError


def require_free_port(host: str, port: int) -> None:
    """Raise CannotStartError, naming PORT or HOST, unless a server could listen there now."""
    try:
        found = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            # As servers do: a connection that lingers from an earlier start is no hindrance.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        raise CannotStartError(_port_problem(host, port, error)) from error


def _port_problem(host: str, port: int, error: OSError) -> str:
    if isinstance(error, PermissionError):
        return f"PORT={port} needs more rights than you have: choose one above 1023."
    if isinstance(error, socket.gaierror):
        return f"HOST={host} cannot be resolved: give an address of this machine."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"HOST={host} is no address of this machine."
    return f"PORT={port} is taken on {host}: stop what listens there, or set PORT to another."


def web_answers(host: str, port: int) -> bool:
    """Tell whether GET /healthz is answered without a server error."""
    connection = http.client.HTTPConnection(host, port, timeout=2.0)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
