"""The keys of a task: in the API, in the admin and on the command line."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from scheduling import services
from scheduling.exceptions import Conflict
from scheduling.models import TriggerKey
from scheduling.services.trigger_keys import MOST_KEYS
from tests.factories import make_member, make_task, make_user
from tests.scheduling.api.conftest import TASKS, client_of

pytestmark = pytest.mark.django_db
KEYS = f"{TASKS}report/trigger-keys"


def run(*words):
    out = StringIO()
    call_command("trigger_key", *words, stdout=out)
    return out.getvalue()


def as_stored(key):
    """The row as the database holds it, as text."""
    return str(TriggerKey.objects.filter(pk=key.pk).values().get())


# The service


def test_of_a_token_only_a_digest_is_kept(task):
    key, told = services.make_trigger_key(task, user=None)
    assert told.startswith("bbt_")
    assert told not in as_stored(key)
    assert key.beginning == told[:8]


def test_a_secret_is_encrypted(task):
    _, told = services.make_trigger_key(task, kind="secret", user=None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM scheduling_triggerkey")
        stored = cursor.fetchone()[0]
    assert stored.startswith("enc1:")
    assert told not in stored


def test_a_task_has_so_many_keys_and_no_more(task):
    for _ in range(MOST_KEYS):
        services.make_trigger_key(task, user=None)
    with pytest.raises(Conflict, match="20 trigger keys"):
        services.make_trigger_key(task, user=None)


def test_a_deleted_task_gets_no_key(task):
    type(task).objects.filter(id=task.id).delete()
    with pytest.raises(Conflict, match="was deleted"):
        services.make_trigger_key(task, user=None)


def test_a_deleted_task_takes_its_keys_along(task):
    services.make_trigger_key(task, user=None)
    services.delete_task(task, user=None)
    assert not TriggerKey.objects.exists()


# The API


def test_a_key_is_told_once(as_staff, task, staff):
    answer = as_staff.post(KEYS, {"kind": "secret", "name": "ci", "days": 30})
    made = answer.json()
    assert answer.status_code == 201
    assert answer["Cache-Control"] == "no-store"
    assert made["key"].startswith("bbs_")
    assert (made["name"], made["created_by"], made["kind"]) == ("ci", "boss", "secret")
    [shown] = as_staff.get(KEYS).json()
    assert shown == {name: made[name] for name in made if name != "key"}


def test_a_revoked_key_is_gone(as_staff, task):
    made = as_staff.post(KEYS, {}).json()
    assert as_staff.delete(f"{KEYS}/{made['id']}").status_code == 204
    assert as_staff.delete(f"{KEYS}/{made['id']}").status_code == 404


def test_the_key_of_another_task_is_not_revoked_by_way_of_this(as_staff, task):
    key, _ = services.make_trigger_key(make_task(), user=None)
    assert as_staff.delete(f"{KEYS}/{key.pk}").status_code == 404
    assert TriggerKey.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "password"}, "kind"),
        ({"days": 0}, "days"),
        ({"name": "x" * 61}, "name"),
        ({"secret": "mine"}, "secret"),
    ],
)
def test_a_key_that_cannot_be_is_refused_by_field(as_staff, task, body, field):
    answer = as_staff.post(KEYS, body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert not TriggerKey.objects.exists()


def test_the_keys_are_the_owners_business(person, as_person):
    make_task(id="report", owner=person)
    make_task(id="told", target_user_id=str(person.pk))
    assert as_person.post(KEYS, {}).status_code == 201
    assert as_person.get(f"{TASKS}told/trigger-keys").status_code == 403
    assert client_of(make_user()).get(KEYS).status_code == 404


def test_the_list_of_keys_takes_as_many_queries_for_many(as_staff, task, django_assert_max_num_queries):  # fmt: skip
    for _ in range(5):
        services.make_trigger_key(task, user=make_user())
    with django_assert_max_num_queries(3):
        assert len(as_staff.get(KEYS).json()) == 5


# The admin


@pytest.fixture
def page(task):
    return reverse("admin:scheduling_scheduledtask_trigger_keys", args=[task.pk])


def test_the_page_tells_a_new_key_once_and_revokes_it(client, task, page):
    client.force_login(make_member("editors"))
    answer = client.post(page, {"kind": "token", "name": "<b>cron</b>"})
    told = answer.context["told"]
    assert told in answer.text
    assert "&lt;b&gt;cron" in answer.text
    assert "no-store" in answer["Cache-Control"]
    later = client.get(page)
    key = TriggerKey.objects.get()
    assert told not in later.text
    assert key.beginning in later.text
    assert client.post(page, {"revoke": key.pk}).status_code == 302
    assert not TriggerKey.objects.exists()


@pytest.mark.parametrize("number", ["x", "9" * 30, "٣", "9" * 9000], ids=range(4))
def test_a_key_that_is_not_there_is_revoked_without_a_fault(client, page, number):
    client.force_login(make_member("editors"))
    answer = client.post(page, {"revoke": number}, follow=True)
    assert "gone already" in answer.text


def test_who_may_only_look_can_neither_make_nor_revoke(client, task, page):
    client.force_login(make_member("operators"))
    key, _ = services.make_trigger_key(task, user=None)
    answer = client.get(page)
    assert "New key" not in answer.text
    assert client.post(page, {"revoke": key.pk}).status_code == 403
    assert client.post(page, {"kind": "token"}).status_code == 403


def test_the_page_of_a_task_leads_to_its_keys(client, task, page):
    client.force_login(make_member("editors"))
    form = reverse("admin:scheduling_scheduledtask_change", args=[task.pk])
    assert page in client.get(form).text


# The command


def test_the_command_makes_lists_and_revokes(task):
    told = run("create", "report", "--name", "cron-server").strip()
    assert told.startswith("bbt_")
    [row] = json.loads(run("list", "report", "--json"))
    assert told.startswith(row["beginning"])
    assert "cron-server" in run("list", "report")
    assert "Revoked" in run("revoke", "report", str(row["id"]))
    assert "no trigger keys" in run("list", "report")


def test_the_command_prints_json_for_programs(task):
    made = json.loads(run("create", "report", "--kind", "secret", "--days", "3", "--json"))  # fmt: skip
    assert made["key"].startswith("bbs_")
    assert made["expires_at"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create", "nowhere"), "There is no task 'nowhere'."),
        (("create", "report", "--days", "0"), "--days: 0: give 1 to"),
        (("create", "report", "--name", "x" * 61), "--name: "),
        (("revoke", "report", "7"), "report has no trigger key 7."),
    ],
    ids=range(4),
)
def test_the_command_says_in_one_line_what_is_wrong(task, words, said):
    with pytest.raises(CommandError, match=said) as caught:
        run(*words)
    assert caught.value.returncode == 2
    assert "\n" not in str(caught.value)
