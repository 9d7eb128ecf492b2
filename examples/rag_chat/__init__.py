"""Answers questions from a folder of texts."""
