"""What one person may ask of everybody's machine."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from scheduling.models import ScheduledTask
from scheduling.services import create_task
from tests.factories import make_agent, make_user

pytestmark = pytest.mark.django_db


def fields(**changed):
    return {
        "id": "limits",
        "name": "Limits",
        "agent_id": make_agent().id,
        "input_message": "Go.",
        "schedule_type": "daily",
        "schedule_time": "07:00",
    } | changed


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"input_message": "x" * 100_001}, "input_message"),
        ({"input_message": "{{last_output}}" * 51}, "input_message"),
        ({"deadline_seconds": 86_401}, "deadline_seconds"),
        ({"max_attempts": 101}, "max_attempts"),
    ],
)
def test_a_task_beyond_the_limits_is_refused_at_its_field(changed, field):
    with pytest.raises(ValidationError) as caught:
        create_task(fields=fields(**changed), user=None)
    assert list(caught.value.message_dict) == [field]
    assert not ScheduledTask.objects.exists()


def test_a_task_has_twenty_webhooks_at_the_most():
    hooks = [{"format": "signal_output"}] * 21
    with pytest.raises(ValidationError, match="at most 20"):
        create_task(fields=fields(), webhooks=hooks, user=None)
    assert not ScheduledTask.objects.exists()


def test_only_staff_may_name_a_private_address_that_the_installation_allows(configure):
    configure("NOTIFICATIONS", internal_origins=("http://localhost:8000",))
    hooks = [{"format": "raw", "url": "http://LOCALHOST:8000/v2/signal-outputs/claim"}]
    with pytest.raises(ValidationError, match="only staff"):
        create_task(fields=fields(), webhooks=hooks, user=make_user())
    create_task(fields=fields(), webhooks=hooks, user=make_user(is_staff=True))
