"""Requests from outside that begin runs (CONTRACTS A2): who asks, how often, and what came of it."""
