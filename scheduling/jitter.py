"""How much later than its slot a task is due: by chance, but always the same.

PURE. The delay depends on the seed and the slot alone, so a preview shows the real
second and two beats agree.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2s


def delay(seed: str, slot: datetime, most: int) -> int:
    """Return whole seconds from 0 to `most`, spread evenly over seeds and slots."""
    key = f"{seed} {slot.astimezone(UTC).isoformat()}".encode()
    return int.from_bytes(blake2s(key, digest_size=8).digest()) % (most + 1)
