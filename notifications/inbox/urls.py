"""Paths of the inbox."""

from __future__ import annotations

from django.urls import path

from notifications.inbox import marks, views

urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("sessions/read/", marks.mark_all_read, name="inbox-read-all"),
    path("sessions/<uuid:pk>/", views.session, name="inbox-session"),
    path("sessions/<uuid:pk>/read/", marks.mark_read, name="inbox-read"),
    path("sessions/<uuid:pk>/unread/", marks.mark_unread, name="inbox-unread"),
    path(
        "sessions/<uuid:pk>/messages/<int:message>.txt",
        views.message_text,
        name="inbox-message-text",
    ),
]
