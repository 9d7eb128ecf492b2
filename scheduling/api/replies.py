"""`/v2/chat-sessions/{id}/`: a conversation, and what its user replies in it."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from notifications.api.sessions import SessionDetailSerializer, SessionViewSet
from notifications.models import ChatSession
from scheduling import services
from scheduling.conversations import standing_of
from scheduling.models import Run
from signals.api.strict import StrictSerializer


class LatestReplySerializer(serializers.ModelSerializer[Run]):
    """The run that answers the last reply."""

    run_id = serializers.UUIDField(source="id", read_only=True)
    status = serializers.CharField(read_only=True)
    approval = serializers.CharField(read_only=True)

    class Meta:
        model = Run
        fields = ["run_id", "status", "approval"]
        read_only_fields = fields


class ConversationSerializer(SessionDetailSerializer):
    """A session with its messages, and where the last reply stands."""

    reply = serializers.SerializerMethodField()
    refusal = serializers.SerializerMethodField()

    class Meta(SessionDetailSerializer.Meta):
        fields = [*SessionDetailSerializer.Meta.fields, "reply", "refusal"]
        read_only_fields = fields

    @extend_schema_field(LatestReplySerializer(allow_null=True))
    def get_reply(self, session: ChatSession) -> Any:
        """The run that answers the last reply; null when nobody has replied."""
        run = standing_of(session, session.messages.all()).latest
        return LatestReplySerializer(run).data if run else None

    def get_refusal(self, session: ChatSession) -> str:
        """Why its user cannot reply now; empty: they can."""
        return services.refusal(session)


class ReplySerializer(StrictSerializer):
    """What the user says. The same `reply_id`, which becomes the run's, is one reply."""

    message = serializers.CharField(trim_whitespace=False, allow_blank=True)
    reply_id = serializers.UUIDField(required=False)


class RepliedSerializer(serializers.Serializer[Any]):
    """The run that will answer, and the session as it stands now."""

    run_id = serializers.UUIDField()
    session = ConversationSerializer()


class TooMany(APIException):
    """As often as one may; `wait` says when again, in seconds."""

    status_code = 429

    def __init__(self, detail: str, wait: int) -> None:
        super().__init__(detail)
        self.wait = wait


class ConversationViewSet(SessionViewSet):
    """One session: its user reads it and replies; staff who may view sessions read it."""

    def get_serializer_class(self) -> Any:
        return ConversationSerializer

    @extend_schema(request=ReplySerializer, responses={202: RepliedSerializer})
    def reply(self, request: Request, pk: uuid.UUID) -> Response:
        """Say something to the agent. 409: it cannot answer now; 429: `Retry-After` says when."""
        session = self.get_object()
        if session.user_id != str(request.user.pk):
            raise PermissionDenied(
                "You may read this session; only the person it was written to may reply."
            )
        given = ReplySerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            run = services.reply(session, user=request.user, **given.validated_data)
        except services.TooManyReplies as error:
            raise TooMany(str(error), error.wait) from None
        shown = self.get_serializer(self.get_object()).data
        return Response({"run_id": run.id, "session": shown}, status=202)
