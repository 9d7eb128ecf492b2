"""The HTTP interfaces of other systems, as their clients know them (CONTRACTS A1, A2, A4)."""
