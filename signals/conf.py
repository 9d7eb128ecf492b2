"""All settings of `signals`, with their defaults and units.

Read from the environment as `SIGNALS_<NAME>` by `config.settings.base` and used as
`settings.SIGNALS.<name>`.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class SignalsSettings:
    ingest_keys: tuple[str, ...] = field(
        default=(), repr=False, metadata={"env": "INTERNAL_API_KEY", "secret": True}
    )
    """Keys that open the ingest: two, separated by a comma, while one is being rotated.

    None at all opens it in DEBUG only."""
    max_body_bytes: int = 1_048_576
    """A larger ingest body is refused before it is parsed."""
    claim_lease_seconds: float = 300.0
    """How long a consumer holds a claimed signal unless it asks for another time."""
    claim_limit: int = 100
    """Most signals that one claim takes."""
    max_claims: int = 5
    """A signal whose consumers died this often has failed."""
