"""Lists drawn by templates: what holds for every list and every row."""

from __future__ import annotations

import re
import uuid
from typing import Any
from unittest.mock import patch

import pytest
from django.urls import reverse
from unfold.templatetags.unfold_list import result_headers

from pages.templatetags.addresses import address
from pages.templatetags.pages import status
from tests.factories import make_task

LIST = "admin:scheduling_scheduledtask_changelist"
PAGE = "admin:scheduling_scheduledtask_change"


@pytest.mark.parametrize("key", ["x-1", "a_b", 7, uuid.UUID(int=5)])
def test_an_address_is_the_one_that_django_finds(key: Any) -> None:
    quoted = str(key).replace("_", "_5F")
    assert address(PAGE, key) == reverse(PAGE, args=[quoted])


def test_an_id_cannot_lead_to_another_page() -> None:
    assert "/../" not in address(PAGE, "../../logout")
    assert "?" not in address(PAGE, "a?b#c")


@pytest.mark.django_db
def test_headers_are_worked_out_once_however_many_rows(admin_client: Any) -> None:
    for number in range(5):
        make_task(id=f"task-{number}")
    with patch("pages.admin.rows.result_headers", wraps=result_headers) as asked:
        body = admin_client.get(reverse(LIST)).content.decode()
    assert body.count('name="_selected_action"') == 5
    asked.assert_called_once()


@pytest.mark.django_db
def test_a_rows_link_leads_back_to_the_list_as_it_was(admin_client: Any) -> None:
    make_task(id="a_b")
    body = admin_client.get(reverse(LIST), {"q": "a_b"}).content.decode()
    (link,) = re.findall(r'<a href="([^"]+)" class="text-font-important-light', body)
    assert link == f"{reverse(PAGE, args=['a_5Fb'])}?_changelist_filters=q%3Da_b"


def test_a_state_is_escaped_each_time() -> None:
    for _ in range(2):
        assert "&lt;b&gt;" in status("failed", "<b>")
