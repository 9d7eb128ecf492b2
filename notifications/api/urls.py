"""Paths of the notifications' API."""

from __future__ import annotations

from typing import Any

from django.urls import path

from notifications.api.deliveries import DeliveryViewSet as Deliveries
from notifications.api.sessions import SessionViewSet as Sessions

DELIVERIES = "v2/admin/deliveries/"
SESSIONS = "v2/chat-sessions/"
READ: dict[str, Any] = {"get": "retrieve"}

urlpatterns = [
    path(DELIVERIES, Deliveries.as_view({"get": "list"}), name="api-deliveries"),
    path(
        f"{DELIVERIES}replay",
        Deliveries.as_view({"post": "replay_set"}),
        name="api-deliveries-replay",
    ),
    path(f"{DELIVERIES}<uuid:pk>/", Deliveries.as_view(READ), name="api-delivery"),
    path(
        f"{DELIVERIES}<uuid:pk>/replay",
        Deliveries.as_view({"post": "replay"}),
        name="api-delivery-replay",
    ),
    path(
        f"{DELIVERIES}<uuid:pk>/cancel",
        Deliveries.as_view({"post": "cancel"}),
        name="api-delivery-cancel",
    ),
    path(
        f"{DELIVERIES}<uuid:pk>/mark-arrived",
        Deliveries.as_view({"post": "mark_arrived"}),
        name="api-delivery-mark-arrived",
    ),
    path(SESSIONS, Sessions.as_view({"get": "list"}), name="api-sessions"),
]
