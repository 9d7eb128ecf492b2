"""Paths of the signals' API."""

from __future__ import annotations

from django.urls import path

from signals.api.ingest import IngestView
from signals.api.leases import ClaimView, CompleteView, ExtendView, FailView
from signals.api.signals import SignalViewSet

ROOT = "v2/signal-outputs/"

urlpatterns = [
    path(ROOT, SignalViewSet.as_view({"get": "list"}), name="api-signals"),
    path(f"{ROOT}ingest", IngestView.as_view(), name="api-signal-ingest"),
    path(f"{ROOT}claim", ClaimView.as_view(), name="api-signal-claim"),
    path(
        f"{ROOT}<int:pk>/",
        SignalViewSet.as_view({"get": "retrieve"}),
        name="api-signal",
    ),
    path(
        f"{ROOT}<int:pk>/complete", CompleteView.as_view(), name="api-signal-complete"
    ),
    path(f"{ROOT}<int:pk>/fail", FailView.as_view(), name="api-signal-fail"),
    path(f"{ROOT}<int:pk>/extend", ExtendView.as_view(), name="api-signal-extend"),
]
