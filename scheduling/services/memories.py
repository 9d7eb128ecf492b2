"""What agents remember, as people read and change it, and their tools."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from scheduling.exceptions import Conflict
from scheduling.memories import Holder, Note, keep, lock
from scheduling.models import Agent, Memory, MemoryVersion, ScheduledTask
from scheduling.services.people import User, person
from signals.sanitise import clean_text

# Written down as it is, and translated where it is shown.
REVERTED = gettext_noop("Reverted to %(number)s.")

Remembering = Agent | ScheduledTask
Scope = ScheduledTask.MemoryScope


def holder_of(thing: Remembering) -> Holder:
    """Return who holds the memory of this agent or task."""
    return Holder(Scope.AGENT if isinstance(thing, Agent) else Scope.TASK, thing.pk)


def memory_of(thing: Remembering) -> Memory:
    """Return the memory of an agent or a task; an empty, unsaved one where there is none yet."""
    columns = holder_of(thing).columns
    return Memory.objects.filter(**columns).first() or Memory(**columns)


def memory_versions(thing: Remembering) -> QuerySet[MemoryVersion]:
    """Return its versions, newest first, with who wrote them."""
    scope = f"memory__{holder_of(thing).scope}"
    return MemoryVersion.objects.filter(**{scope: thing}).select_related("by")


def save_memory(
    thing: Remembering,
    content: str,
    *,
    user: User,
    seen: int | None = None,
    note: str = "",
) -> Memory:
    """Let an agent or a task remember `content` instead, in the name of `user`.

    `seen` is the version that was looked at; None: whatever stands there. Raises
    `ValidationError` at `content` when it is too long, `Conflict` when `seen` is not the latest.
    """
    text = storable(content)
    holder = holder_of(thing)
    with transaction.atomic():
        memory = lock([holder])[holder]
        if seen is not None and seen != memory.version:
            message = _("It was written anew meanwhile, and is at version %(number)d now: look at that first.")  # fmt: skip
            raise Conflict(message % {"number": memory.version})
        written = Note(holder=holder, content=text, by=person(user), note=note)
        return keep([written], timezone.now())[holder]


def revert_memory(thing: Remembering, version: MemoryVersion, *, user: User) -> Memory:
    """Let it remember what it did in `version`; a new version. Raises as `save_memory`."""
    note = REVERTED % {"number": version.number}
    return save_memory(thing, version.content, user=user, note=note)


def note_down(holder: Holder, content: str, *, run_id: uuid.UUID | None) -> Memory:
    """The same for an agent that writes while it runs. Raises `ValidationError`."""
    text = storable(content)
    with transaction.atomic():
        written = Note(holder=holder, content=text, run_id=run_id)
        return keep([written], timezone.now())[holder]


def storable(content: str) -> str:
    """Return `content` clean, with plain line ends. Raises `ValidationError` when too long."""
    text = clean_text(content).replace("\r\n", "\n").strip()
    most = settings.SCHEDULING.memory_chars
    if len(text) > most:
        message = _("Has %(count)d characters; at most %(most)d are allowed.")
        raise ValidationError({"content": message % {"count": len(text), "most": most}})
    return text
