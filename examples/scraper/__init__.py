"""Reads pages and says what changed."""
