"""`/v2/chat-sessions/`: what a user's tasks had to say to them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from notifications.models import ChatMessage, ChatSession
from notifications.selectors import sessions_for
from signals.api.paging import NewestFirst

_CHANGE = "notifications.change_chatsession"
_FIELDS = ["id", "user_id", "task_id", "run_id", "title", "read_at", "created_at"]


class MessageSerializer(serializers.ModelSerializer[ChatMessage]):
    """One thing said in a session."""

    class Meta:
        model = ChatMessage
        fields = ["id", "role", "content", "run_id", "created_at"]
        read_only_fields = fields


class SessionSerializer(serializers.ModelSerializer[ChatSession]):
    """A session as the list shows it."""

    class Meta:
        model = ChatSession
        fields = _FIELDS
        read_only_fields = _FIELDS


class SessionDetailSerializer(SessionSerializer):
    """A session with its messages, oldest first."""

    messages = MessageSerializer(many=True, read_only=True)

    class Meta(SessionSerializer.Meta):
        fields = [*_FIELDS, "messages"]
        read_only_fields = fields


class SessionFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """`unread` is true or false; the others are compared exactly."""

    unread = filters.BooleanFilter("read_at", lookup_expr="isnull")

    class Meta:
        model = ChatSession
        fields = ("task_id", "run_id", "user_id")


@extend_schema(tags=["chat sessions"])
class SessionViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[ChatSession],
):
    """One's own sessions, newest first; staff who may view sessions see all."""

    queryset = ChatSession.objects.none()
    serializer_class = SessionSerializer
    pagination_class = NewestFirst
    filterset_class = SessionFilter

    def get_queryset(self) -> QuerySet[ChatSession]:
        rows = sessions_for(self.request.user)
        return rows if self.action == "list" else rows.prefetch_related("messages")

    def get_serializer_class(self) -> Any:
        return SessionSerializer if self.action == "list" else SessionDetailSerializer

    @extend_schema(request=None, responses=SessionDetailSerializer)
    def read(self, request: Request, pk: str) -> Response:
        """Mark it as read, for good: the first time counts."""
        session = self.get_object()
        if session.user_id != str(request.user.pk) and not self._may_change():
            raise PermissionDenied(f"You need the permission {_CHANGE}.")
        sessions_for(request.user).filter(id=session.id, read_at=None).update(
            read_at=timezone.now()
        )
        return Response(self.get_serializer(self.get_object()).data)

    def _may_change(self) -> bool:
        user: Any = self.request.user
        return bool(user.is_staff and user.has_perm(_CHANGE))
