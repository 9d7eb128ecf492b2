"""What a task's target user reads: one session a run."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ChatSession(models.Model):
    """A conversation that a run opened for its task's target user."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user_id = models.CharField(
        _("target user"),
        max_length=100,
        help_text=_("The target user, as the task names them."),
    )
    task_id = models.CharField(_("task id"), max_length=100, blank=True)
    run_id = models.UUIDField(_("run"), null=True, blank=True, unique=True)
    title = models.CharField(_("title"), max_length=200)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("chat session")
        verbose_name_plural = _("chat sessions")
        ordering = ["-created_at", "-id"]
        indexes = [
            # Used by the inbox: one user's sessions, newest first.
            models.Index(fields=["user_id", "-created_at"], name="chat_inbox"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(user_id=""), name="chat_session_has_a_user"
            )
        ]

    def __str__(self) -> str:
        return self.title


class ChatMessage(models.Model):
    """One thing said in a session."""

    class Role(models.TextChoices):
        SYSTEM = "system", _("System")
        USER = "user", _("User")
        ASSISTANT = "assistant", _("Assistant")

    session = models.ForeignKey(
        ChatSession,
        verbose_name=_("session"),
        on_delete=models.CASCADE,
        related_name="messages",
    )
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    content = models.TextField(_("content"))
    run_id = models.UUIDField(
        _("run"), null=True, blank=True, help_text=_("The run that said or answers it.")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return f"{self.role}: {self.content[:60]}"
