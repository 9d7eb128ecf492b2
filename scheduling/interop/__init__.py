"""Files, addresses and words of other systems: what can be carried over, in and out."""
