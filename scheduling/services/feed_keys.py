"""Keys of calendar feeds: each opens its user's calendar and nothing else."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from scheduling.exceptions import Conflict
from scheduling.models import FeedKey
from scheduling.services.made_keys import SHOWN_CHARS, digest_of, new_key
from signals.sanitise import clean_text

MOST_KEYS = 20
"""Of one user."""
MARK = "bbf_"
"""How a key begins."""


@transaction.atomic
def make_feed_key(user: AbstractBaseUser, name: str = "") -> tuple[FeedKey, str]:
    """Make a key of `user`. Returns its row, and the key itself, which cannot be told again.

    Raises `ValidationError` by field, and `Conflict` when they have as many as they may.
    """
    # Locked, so that two who make the last one do not both.
    people: Any = get_user_model().objects.select_for_update(no_key=True)
    owner = people.get(pk=user.pk)
    if feed_keys_of(user).count() >= MOST_KEYS:
        words = _("You have %(most)d keys, which is the most: revoke one first.")
        raise Conflict(words % {"most": MOST_KEYS})
    told = new_key(MARK)
    key = FeedKey(
        user=owner,
        name=clean_text(name).strip(),
        beginning=told[:SHOWN_CHARS],
        digest=digest_of(told),
    )
    key.clean_fields(exclude=["user"])
    key.save(force_insert=True)
    return key, told


def revoke_feed_key(key: FeedKey) -> None:
    """Delete it: calendar programs that use it are refused from now on."""
    FeedKey.objects.filter(pk=key.pk).delete()


def feed_keys_of(user: AbstractBaseUser) -> QuerySet[FeedKey]:
    """The keys of `user` as they are shown: without what they are."""
    return FeedKey.objects.filter(user=user.pk).defer("digest")


def find_feed_key(told: str) -> FeedKey | None:
    """Return the key that this is, with its user; None: nobody's, or of somebody who left."""
    if not told.startswith(MARK):
        return None
    rows = FeedKey.objects.select_related("user").filter(user__is_active=True)
    return rows.filter(digest=digest_of(told)).first()
