"""Watches the machine that it runs on."""
