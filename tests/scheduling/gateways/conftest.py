"""Clients of other systems."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.factories import make_member, make_user


def client_of(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture(autouse=True)
def static_folder(settings, tmp_path):
    """WhiteNoise warns of a folder that is not there."""
    settings.STATIC_ROOT = tmp_path


@pytest.fixture
def editor():
    return make_member("editors", username="boss")


@pytest.fixture
def as_editor(editor) -> APIClient:
    return client_of(editor)


@pytest.fixture
def person():
    return make_user(username="lan")


@pytest.fixture
def as_person(person) -> APIClient:
    return client_of(person)
