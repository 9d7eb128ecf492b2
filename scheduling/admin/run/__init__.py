"""Runs, read-only: the `list`, the `page` of one, and the `actions` cancel and rerun."""

from __future__ import annotations

from django.contrib import admin

from pages.admin.parts import ReadOnly
from scheduling.admin.run.actions import RunActions
from scheduling.admin.run.list import RunList
from scheduling.admin.run.page import RunPage
from scheduling.models import Run


@admin.register(Run)
class RunAdmin(ReadOnly, RunList, RunPage, RunActions):
    """Put together from its parts; each part has a module of its own."""
