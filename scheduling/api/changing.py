"""PUT, PATCH and DELETE of a row that nobody else changes meanwhile."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet
from rest_framework import viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from scheduling.api.preconditions import Tagged

Row = TypeVar("Row", bound=Model)


class ChangingViewSet(Tagged, viewsets.GenericViewSet[Row]):
    """Locks what it changes; a part says by `save` and `delete_row` how that is done."""

    def get_queryset(self) -> QuerySet[Row]:
        """`queryset` is how rows are read; one to change is whole, and joined to nothing."""
        rows = super().get_queryset()
        if self.action in ("update", "partial_update", "destroy"):
            return rows.model._default_manager.select_for_update()  # noqa: SLF001 -- Django's documented API
        return rows

    def save(self, row: Row, fields: dict[str, Any]) -> None:
        """Give `row` these values, which the serializer has checked, and save it."""
        raise NotImplementedError

    def delete_row(self, row: Row) -> Response:
        """Delete `row`, which is locked, and say so."""
        raise NotImplementedError

    def update(self, request: Request, pk: str) -> Response:
        """Change it."""
        return self._change(request, partial=False)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is given."""
        return self._change(request, partial=True)

    def destroy(self, request: Request, pk: str) -> Response:
        """Delete it."""
        with transaction.atomic():
            row = self.get_object()
            self.require_match(row)
            return self.delete_row(row)

    def _change(self, request: Request, *, partial: bool) -> Response:
        with transaction.atomic():
            row = self.get_object()
            self.require_match(row)
            serializer = self.get_serializer(row, data=request.data, partial=partial)
            serializer.is_valid(raise_exception=True)
            self.save(row, serializer.validated_data)
        return Response(self.get_serializer(row).data)
