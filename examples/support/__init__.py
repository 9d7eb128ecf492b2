"""Sorts the tickets of a help desk."""
