"""Clients of the API."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.factories import make_agent, make_user

TASKS = "/v2/admin/scheduled-tasks/"

#: CONTRACTS A0's sample, as it goes over the wire.
SAMPLE: dict[str, Any] = {
    "id": "morning-report-vn",
    "name": "Báo cáo sáng VN",
    "agent_id": "simplize",
    "target_user_id": "45",
    "input_message": "Tổng hợp thị trường chứng khoán Việt Nam sáng nay.",
    "schedule_type": "daily",
    "schedule_time": "07:00",
    "timezone": "Asia/Ho_Chi_Minh",
    "webhooks": [
        {"name": "Discord", "url": "https://discord.com/api/webhooks/1/SECRET", "format": "discord"},
        {"name": "Slack", "url": "https://hooks.slack.com/services/T/B/SECRET", "format": "slack"},
        {"name": "Telegram", "url": "https://api.telegram.org/bot1:SECRET/sendMessage", "format": "telegram", "chat_id": "-100123"},
        {"name": "Own", "url": "https://example.com/hook", "format": "template", "headers": {"X-Api-Key": "0123456789SECRET"}, "body_template": {"text": "{{task_name}}: {{content}}"}},
    ],
}  # fmt: skip


def client_of(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture(autouse=True)
def static_folder(settings, tmp_path):
    """WhiteNoise warns of a folder that is not there."""
    settings.STATIC_ROOT = tmp_path


@pytest.fixture
def staff():
    return make_user(username="boss", is_staff=True, is_superuser=True)


@pytest.fixture
def person():
    return make_user(username="lan")


@pytest.fixture
def as_staff(staff) -> APIClient:
    return client_of(staff)


@pytest.fixture
def as_person(person) -> APIClient:
    return client_of(person)


@pytest.fixture
def agent():
    return make_agent(id="simplize")
