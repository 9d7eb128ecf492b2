"""Tags: the words that people sort tasks by."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from scheduling.models import Tag


@admin.register(Tag)
class TagAdmin(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    list_display = ("name", "task_count")
    ordering = ("name",)  # the count takes away the model's own
    search_fields = ("name",)
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        tags: QuerySet[Tag] = super().get_queryset(request)
        return tags.annotate(task_count=Count("tasks"))

    @admin.display(description=_("Tasks"), ordering="task_count")
    def task_count(self, tag: Tag) -> SafeString:
        return render_to_string("admin/scheduling/tag/tasks.html", {"tag": tag})
