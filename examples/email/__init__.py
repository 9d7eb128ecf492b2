"""Reads a mailbox and says what is in it."""
