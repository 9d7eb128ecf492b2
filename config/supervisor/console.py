"""What the person sees: one prefixed line per line of a child, and the supervisor's own."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import TextIO

OWN_NAME = "backbeat"
_COLOURS = (36, 32, 33, 35, 34, 96, 92, 93, 95, 94)
_LONGEST_LINE = 64 * 1024

# A log may quote what a model wrote: keep colours (SGR), drop everything else that could move
# the cursor, rename the window or answer for the person.
_SGR = r"\x1b\[[0-9;]*m"
_ESCAPES = re.compile(
    rf"({_SGR})|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b\[[0-?]*[ -/]*[@-~]"
    r"|[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]"
)


def printable(line: str, *, colours: bool) -> str:
    """Return `line` without control characters; colours stay if `colours` is true."""
    return _ESCAPES.sub(lambda m: (m[1] or "") if colours else "", line)


def wants_colour(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Tell whether to colour: only a terminal, and never against NO_COLOR (no-color.org)."""
    if environ.get("NO_COLOR") or environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


class Console:
    """Writes `name | line`, names padded to `width` and told apart by colour."""

    def __init__(self, stream: TextIO, *, colours: bool, width: int = 9) -> None:
        self._stream = stream
        self._colours = colours
        self._width = width
        self._colour_of: dict[str, int] = {}

    def line(self, name: str, text: str) -> None:
        """Write one line of the process `name`."""
        prefix = f"{name:<{self._width}}| "
        if self._colours:
            default = _COLOURS[len(self._colour_of) % len(_COLOURS)]
            colour = self._colour_of.setdefault(name, default)
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        reset = "\x1b[0m" if self._colours and "\x1b[" in text else ""
        self._write(f"{prefix}{printable(text, colours=self._colours)}{reset}\n")

    def say(self, text: str) -> None:
        """Write one line of the supervisor's own."""
        self.line(OWN_NAME, text)

    def block(self, lines: list[str]) -> None:
        """Write lines without a prefix, set off by blank ones, for the eye to find."""
        body = "".join(f"  {printable(line, colours=False)}\n" for line in lines)
        self._write(f"\n{body}\n")

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            # A closed terminal or pipe must not take the children down with it: from here on
            # nobody listens, Python's own flush at exit included.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)


class LineReader:
    """Cuts what a non-blocking pipe delivers into lines."""

    def __init__(self, fd: int, on_line: Callable[[str], None]) -> None:
        os.set_blocking(fd, False)
        self.fd = fd
        self._on_line = on_line
        self._rest = b""

    def read(self) -> bool:
        """Pass on the lines that are there; return False once the pipe has ended."""
        for _ in range(16):  # a bounded share, so that a chatterer starves nobody
            try:
                chunk = os.read(self.fd, _LONGEST_LINE)
            except BlockingIOError:
                return True
            if not chunk:
                return False
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            if len(self._rest) > _LONGEST_LINE:
                lines.append(self._rest)
                self._rest = b""
            for line in lines:
                self._emit(line)
        return True

    def close(self) -> None:
        """Pass on what is left, an unfinished line included, and close the pipe."""
        self.read()
        if self._rest:
            self._emit(self._rest)
        os.close(self.fd)

    def _emit(self, line: bytes) -> None:
        self._on_line(line.decode("utf-8", errors="replace").rstrip("\r"))
