"""What the state of things does not allow: HTTP 409, and exit code 1 of a command."""

from __future__ import annotations


class Conflict(Exception):
    """Asked for rightly, and refused as things stand now."""
