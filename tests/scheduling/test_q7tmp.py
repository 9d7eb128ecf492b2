import pytest
from django.urls import reverse
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.factories import make_task
@pytest.mark.django_db
def test_q(admin_client):
    for _ in range(5): make_task()
    url=reverse("admin:scheduling_scheduledtask_changelist")
    admin_client.get(url)
    with CaptureQueriesContext(connection) as c:
        admin_client.get(url)
    for q in c.captured_queries: print(q["sql"][:160])
