"""Key rotation, as an operator does it."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from notifications.models import Webhook
from scheduling.models import Agent
from tests.factories import make_agent, make_task, make_webhook

pytestmark = pytest.mark.django_db


def test_after_reencrypting_the_old_key_can_be_taken_away(settings: Any) -> None:
    agent = make_agent(id="keyed", credentials={"api_key": "sk-1"}, backend="llm")
    webhook = make_webhook(make_task(), url="https://example.com/secret")
    new = Fernet.generate_key().decode()
    settings.FIELD_ENCRYPTION_KEYS = [new, *settings.FIELD_ENCRYPTION_KEYS]
    out = StringIO()
    call_command("reencrypt", "--json", stdout=out)
    settings.FIELD_ENCRYPTION_KEYS = [new]
    assert json.loads(out.getvalue())["notifications.Webhook"] == 2  # url and headers
    assert Agent.objects.get(id=agent.id).credentials == {"api_key": "sk-1"}
    assert Webhook.objects.get(id=webhook.pk).url == "https://example.com/secret"


def test_a_lost_key_is_one_clear_line_and_changes_nothing(settings: Any) -> None:
    make_webhook(make_task())
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(CommandError, match="FIELD_ENCRYPTION_KEYS") as caught:
        call_command("reencrypt")
    assert caught.value.returncode == 2
