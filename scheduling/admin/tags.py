"""Tags: the words that people sort tasks by."""

from __future__ import annotations

from django.contrib import admin
from unfold.admin import ModelAdmin

from scheduling.models import Tag


@admin.register(Tag)
class TagAdmin(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    list_display = ("name",)
    search_fields = ("name",)
