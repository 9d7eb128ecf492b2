"""`/v2/admin/scheduled-tasks/`: the tasks and what can be done with them (CONTRACTS A0)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from notifications.ssrf import looked_up
from scheduling import services
from scheduling.api.permissions import OwnerOrReadOnly
from scheduling.api.preconditions import Tagged
from scheduling.api.run_json import RunSerializer, show_run
from scheduling.api.schedule_json import in_api_words
from scheduling.api.task_json import PauseSerializer, TaskSerializer
from scheduling.api.webhooks import load_webhooks, posted_urls, unmask, with_places
from scheduling.models import Calendar, Run, ScheduledTask
from scheduling.selectors import tasks_visible_to
from signals.api.permissions import StaffNeedPermission


class TaskFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Each is compared exactly; `search` looks into id, name and prompt."""

    agent_id = filters.CharFilter("agent_id")
    tag = filters.CharFilter("tags__name")
    late = filters.BooleanFilter("late_since", lookup_expr="isnull", exclude=True)
    search = filters.CharFilter(method="look_for")

    class Meta:
        model = ScheduledTask
        fields = ("active", "schedule_type", "target_user_id", "last_status")

    def look_for(
        self, rows: QuerySet[ScheduledTask], name: str, value: str
    ) -> QuerySet[ScheduledTask]:
        return rows.filter(
            Q(id__icontains=value)
            | Q(name__icontains=value)
            | Q(input_message__icontains=value)
        )


@extend_schema(tags=["scheduled tasks"])
class TaskViewSet(
    Tagged,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[ScheduledTask],
):
    """The tasks that the user sees: all for staff, else those they own or are the target of."""

    queryset = ScheduledTask.objects.none()
    serializer_class = TaskSerializer
    permission_classes = [IsAuthenticated, StaffNeedPermission, OwnerOrReadOnly]
    filterset_class = TaskFilter

    @property
    def verbs(self) -> dict[str, tuple[str, ...]]:
        """What staff need: see `StaffNeedPermission`."""
        operate = dict.fromkeys(("run", "pause", "resume"), ("operate",))
        if self.action == "partial_update" and set(self.request.data) == {"active"}:
            operate["partial_update"] = ("operate",)
        return {"clone": ("view", "add"), **operate}

    def get_queryset(self) -> QuerySet[ScheduledTask]:
        rows = tasks_visible_to(self.request.user)
        if self.action in ("update", "partial_update"):
            # Two edits at once must not undo each other's fields.
            return rows.select_for_update()
        if self.action in ("list", "retrieve"):
            return _with_relations(rows.defer("state"))
        # Credentials that cannot be read must not take their tasks with them.
        return rows.select_related("owner", "agent").defer("agent__credentials")

    def paginate_queryset(self, queryset: Any) -> Any:
        tasks = super().paginate_queryset(queryset) or []
        load_webhooks(tasks)
        return tasks

    def retrieve(self, request: Request, pk: str) -> Response:
        """One task with its webhooks."""
        task = self.get_object()
        load_webhooks([task])
        return Response(self.get_serializer(task).data)

    def create(self, request: Request) -> Response:
        """Create a task with its webhooks and tags; the owner is the one who asks."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields = dict(serializer.validated_data)
        tags, webhooks = fields.pop("tags"), unmask(fields.pop("webhooks", []), [])
        parents = _parents(fields)
        shared = fields.pop("shared_webhooks", ())
        fields["owner"] = request.user
        try:
            task = services.create_task(
                fields=fields,
                webhooks=webhooks,
                tags=tags,
                shared_webhooks=shared,
                **parents,
                user=request.user,
            )
        except ValidationError as error:
            raise with_places(in_api_words(error), webhooks) from error
        answer = self._shown(task, status=201)
        answer["Location"] = f"{request.path.rstrip('/')}/{task.id}/"
        return answer

    def update(self, request: Request, pk: str) -> Response:
        """Change a task; `webhooks` and `parents`, when given, replace them all; `tags` always does."""
        return self._change(request, partial=False)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is given; `webhooks`, `tags` and `parents`, when given, replace them all.

        For `active` alone staff need what pausing and resuming needs.
        """
        return self._change(request, partial=True)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a task and its webhooks. Its runs stay."""
        services.delete_task(
            self.get_object(), user=request.user, check=self.require_match
        )
        return Response(status=204)

    @extend_schema(request=None, responses={202: RunSerializer})
    def run(self, request: Request, pk: str) -> Response:
        """Run it now, beside its schedule."""
        run = services.run_now(
            self.get_object(), user=request.user, trigger=Run.Trigger.API
        )
        return Response(show_run(run, user=request.user), status=202)

    @extend_schema(request=None, responses={201: TaskSerializer})
    def clone(self, request: Request, pk: str) -> Response:
        """Make a paused copy; tags, parents and secrets included."""
        task = services.clone_task(self.get_object(), user=request.user)
        return self._shown(task, status=201)

    @extend_schema(request=PauseSerializer)
    def pause(self, request: Request, pk: str) -> Response:
        """Fire no more until it is resumed, by somebody or at `resume_at`.

        A task that is paused already stays so; its note and the time it resumes are changed.
        """
        task = self.get_object()
        body = PauseSerializer(data=request.data, context={"task": task})
        body.is_valid(raise_exception=True)
        return self._shown(
            services.pause_task(task, user=request.user, **body.validated_data)
        )

    @extend_schema(request=None)
    def resume(self, request: Request, pk: str) -> Response:
        """Fire again, from the next slot on."""
        return self._shown(services.resume_task(self.get_object(), user=request.user))

    def _change(self, request: Request, *, partial: bool) -> Response:
        with looked_up(posted_urls(request.data)), transaction.atomic():
            task = self.get_object()
            self.require_match(task)
            serializer = self.get_serializer(task, data=request.data, partial=partial)
            serializer.is_valid(raise_exception=True)
            fields: dict[str, Any] = dict(serializer.validated_data)
            tags, webhooks = fields.pop("tags", None), fields.pop("webhooks", None)
            shared = fields.pop("shared_webhooks", None)
            parents = _parents(fields)
            if webhooks is not None:
                webhooks = unmask(webhooks, task.webhooks.all())
            try:
                services.update_task(
                    task,
                    fields=fields,
                    webhooks=webhooks,
                    tags=tags,
                    shared_webhooks=shared,
                    **parents,
                    user=request.user,
                )
            except ValidationError as error:
                raise with_places(in_api_words(error), webhooks or []) from error
        return self._shown(task)

    def _shown(self, task: ScheduledTask, *, status: int = 200) -> Response:
        fresh = _with_relations(ScheduledTask.objects).get(id=task.id)
        load_webhooks([fresh])
        return Response(self.get_serializer(fresh).data, status=status)


def _with_relations(rows: Any) -> QuerySet[ScheduledTask]:
    """`rows` with all that their JSON names, but for the webhooks."""
    # Prefetched, not joined: a calendar of many dates is read once, not once for each task.
    calendars = Prefetch("calendar", Calendar.objects.defer("file"))
    people = rows.select_related("owner", "paused_by")
    shared = Prefetch("shared_webhooks", services.address_book().only("id"))
    more: QuerySet[ScheduledTask] = people.prefetch_related(
        "tags", "dependencies", "event_triggers", shared, calendars
    )
    return more


def _parents(fields: dict[str, Any]) -> dict[str, Any]:
    """Take the parents out of `fields`, as the service's argument; empty when none were given."""
    given = fields.pop("dependencies", None)
    if given is None:
        return {}
    # A PATCH asks nobody for what is required, but the service does.
    names = {"task_id": "parent_id", "when": "when"}
    return {
        "parents": [
            {name: each[key] for name, key in names.items() if key in each}
            for each in given
        ]
    }
