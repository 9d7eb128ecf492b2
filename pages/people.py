"""Names for the keys of people, as tasks, runs and sessions keep them: texts."""

from __future__ import annotations

from django.contrib.auth import get_user_model


def names_of(user_ids: set[str]) -> dict[str, str]:
    """The usernames of those `user_ids` that are people of this installation; one query."""
    keys = {int(each) for each in user_ids if each.isdecimal() and len(each) < 10}
    if not keys:
        return {}
    people = get_user_model().objects.filter(pk__in=keys)
    return {str(key): name for key, name in people.values_list("pk", "username")}


def name_and_id(user_id: str) -> str:
    """The username with the id behind it; of somebody unknown here the id alone."""
    name = names_of({user_id}).get(user_id)
    return f"{name} ({user_id})" if name else user_id
