"""People in templates: `{% load people %}`."""

from __future__ import annotations

from django import template

from pages.people import name_and_id

register = template.Library()


@register.filter
def person(user_id: str) -> str:
    """A user by name with the id behind it: `{{ run.user_id|person }}`. A query each: not for lists."""
    return name_and_id(user_id)
