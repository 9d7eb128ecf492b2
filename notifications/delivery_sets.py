"""Which deliveries a person means: the filters of a replay, in the API and on the command line."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from notifications.models import Delivery


@dataclass(frozen=True, kw_only=True)
class DeliverySet:
    """Each filter that is given must hold; moments are of the delivery's making, aware."""

    status: str = ""
    webhook_id: int | None = None
    task_id: str = ""
    since: datetime | None = None
    until: datetime | None = None
    ids: Collection[uuid.UUID] = ()

    def __bool__(self) -> bool:
        """False: nothing is filtered, and it means all there are."""
        return self != DeliverySet()

    def rows(self) -> QuerySet[Delivery]:
        """The deliveries it means, `since` and before `until`."""
        where = Q()
        if self.status:
            where &= Q(status=self.status)
        if self.webhook_id is not None:
            where &= Q(webhook=self.webhook_id)
        if self.task_id:
            where &= Q(task_id=self.task_id)
        if self.since:
            where &= Q(created_at__gte=self.since)
        if self.until:
            where &= Q(created_at__lt=self.until)
        if self.ids:
            where &= Q(id__in=self.ids)
        return Delivery.objects.filter(where)
