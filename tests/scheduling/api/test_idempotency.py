"""The header Idempotency-Key: what is sent twice is done once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from config.idempotency import OncePerKey
from scheduling import idempotency, tasks
from scheduling.api.tasks import TaskViewSet
from scheduling.models import IdempotentRequest, Run, ScheduledTask
from tests.factories import make_task, make_user
from tests.scheduling.api.conftest import TASKS, client_of
from tests.threads import at_once

BODY = {"name": "Once", "agent_id": "simplize", "input_message": "x", "schedule_type": "none"}  # fmt: skip
KEY = {"Idempotency-Key": "3f2c-1"}


@pytest.mark.django_db
def test_a_request_sent_again_is_answered_as_before_and_not_done_again(as_staff, agent):
    first = as_staff.post(TASKS, BODY, headers=KEY)
    again = as_staff.post(TASKS, BODY, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again["Location"] == first["Location"]
    assert again["Content-Type"] == first["Content-Type"]
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert ScheduledTask.objects.count() == 1


@pytest.mark.django_db
def test_the_path_with_the_other_slash_is_the_same_address(as_staff, agent):
    as_staff.post(TASKS, BODY, headers=KEY)
    again = as_staff.post(TASKS.rstrip("/"), BODY, headers=KEY)
    assert again["Idempotency-Replayed"] == "true"


@pytest.mark.django_db
def test_without_a_body_it_holds_too(as_staff):
    make_task(id="report")
    ids = {
        as_staff.post(f"{TASKS}report/run", headers=KEY).json()["id"] for _ in range(3)
    }
    assert len(ids) == Run.objects.count() == 1


@pytest.mark.django_db
def test_a_key_used_for_another_body_is_refused(as_staff, agent):
    as_staff.post(TASKS, BODY, headers=KEY)
    other = as_staff.post(TASKS, BODY | {"name": "Other"}, headers=KEY)
    assert other.status_code == 422
    assert other["Content-Type"] == "application/problem+json"
    assert "3f2c-1" in other.json()["detail"]
    assert ScheduledTask.objects.count() == 1


@pytest.mark.django_db
def test_the_key_of_somebody_else_or_another_address_is_another_key(as_staff, agent):
    boss = make_user(is_staff=True, is_superuser=True)
    as_staff.post(TASKS, BODY, headers=KEY)
    client_of(boss).post(TASKS, BODY, headers=KEY)
    assert ScheduledTask.objects.count() == 2
    for task in ScheduledTask.objects.all():
        answer = as_staff.post(f"{TASKS}{task.id}/run", headers=KEY)
        assert (answer.status_code, "Idempotency-Replayed" in answer) == (202, False)


@pytest.mark.django_db
def test_while_the_first_is_under_way_the_second_is_told_to_wait(as_staff, agent):
    as_staff.post(TASKS, BODY, headers=KEY)
    ends = timezone.now() + timedelta(seconds=60)
    IdempotentRequest.objects.update(status=None, locked_until=ends)
    answer = as_staff.post(TASKS, BODY, headers=KEY)
    assert (answer.status_code, answer["Retry-After"]) == (409, "1")


@pytest.mark.django_db
def test_what_a_dead_process_left_is_done_again(as_staff, agent):
    as_staff.post(TASKS, BODY, headers=KEY)
    IdempotentRequest.objects.update(status=None, locked_until=timezone.now())
    ScheduledTask.objects.all().delete()
    assert as_staff.post(TASKS, BODY, headers=KEY).status_code == 201
    assert ScheduledTask.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "é"])
def test_a_key_that_is_none_is_refused(as_staff, agent, key):
    answer = as_staff.post(TASKS, BODY, headers={"Idempotency-Key": key})
    assert answer.status_code == 400
    assert "1 to 255 visible ASCII" in answer.json()["detail"]
    assert not ScheduledTask.objects.exists()


@pytest.mark.django_db
def test_a_fault_of_ours_is_not_kept(as_staff, agent, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(TaskViewSet, "create", fail)
        as_staff.raise_request_exception = False
        assert as_staff.post(TASKS, BODY, headers=KEY).status_code == 500
    assert not IdempotentRequest.objects.exists()
    assert as_staff.post(TASKS, BODY, headers=KEY).status_code == 201


@pytest.mark.django_db
def test_a_refused_body_is_refused_again_in_the_same_words(as_staff, agent):
    first = as_staff.post(TASKS, BODY | {"name": ""}, headers=KEY)
    again = as_staff.post(TASKS, BODY | {"name": ""}, headers=KEY)
    assert (first.status_code, again.json()) == (400, first.json())
    assert again["Idempotency-Replayed"] == "true"


@pytest.mark.django_db
def test_what_conflicts_now_may_succeed_later_with_the_same_key(as_staff):
    first = as_staff.post("/v2/admin/resume-all", headers=KEY)
    as_staff.post("/v2/admin/pause-all", {})
    later = as_staff.post("/v2/admin/resume-all", headers=KEY)
    assert (first.status_code, later.status_code) == (409, 200)


@pytest.mark.django_db
def test_strangers_and_those_who_may_not_write_nothing_into_the_database(client):
    make_task(id="report")
    viewer = client_of(make_user(is_staff=True))
    assert client.post(TASKS, BODY, "application/json", headers=KEY).status_code == 401
    assert viewer.post(TASKS, BODY, headers=KEY).status_code == 403
    callback = client.post("/v2/callbacks/nobody", b"x", "text/plain", headers=KEY)
    assert callback.status_code == 404
    assert not IdempotentRequest.objects.exists()


@pytest.mark.django_db
def test_the_answer_is_encrypted_at_rest(as_staff, agent):
    as_staff.post(TASKS, BODY | {"input_message": "top secret"}, headers=KEY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM scheduling_idempotentrequest")
        assert cursor.fetchone()[0].startswith("enc1:")


@pytest.mark.django_db
def test_a_body_that_is_too_large_is_refused_as_ever(as_staff, agent):
    answer = as_staff.post(
        TASKS, BODY | {"input_message": "x" * 3_000_000}, headers=KEY
    )
    assert answer.status_code == 413
    assert not IdempotentRequest.objects.exists()


@pytest.mark.django_db
def test_an_answer_that_is_too_large_to_keep_is_not_kept(as_staff, agent, monkeypatch):
    monkeypatch.setattr("config.idempotency.MAX_BODY_CHARS", 10)
    assert as_staff.post(TASKS, BODY, headers=KEY).status_code == 201
    assert not IdempotentRequest.objects.exists()


@pytest.mark.django_db
def test_old_answers_are_pruned_and_do_not_count_before(as_staff, agent, configure):
    as_staff.post(TASKS, BODY, headers=KEY)
    as_staff.post(TASKS, BODY, headers={"Idempotency-Key": "young"})
    old = timezone.now() - timedelta(hours=25)
    first = IdempotentRequest.objects.order_by("created_at")[0]
    IdempotentRequest.objects.filter(pk=first.pk).update(created_at=old)
    again = as_staff.post(TASKS, BODY | {"name": "New"}, headers=KEY)
    assert (again.status_code, "Idempotency-Replayed" in again) == (201, False)
    IdempotentRequest.objects.filter(pk=first.pk).update(created_at=old)
    tasks.prune()
    assert IdempotentRequest.objects.count() == 1


@pytest.mark.django_db
def test_who_is_too_slow_does_not_overwrite_who_took_over():
    asked = {"caller": "user 1", "address": "POST /v2/x", "key": "k", "sent": b""}
    slow = idempotency.claim(**asked)
    IdempotentRequest.objects.update(locked_until=timezone.now() - timedelta(seconds=1))
    quick = idempotency.claim(**asked)
    quick.keep(idempotency.Answer(201, {}, "quick"))
    slow.keep(idempotency.Answer(201, {}, "slow"))
    slow.release()
    assert idempotency.claim(**asked).body == "quick"


@pytest.mark.usefixtures("shared_database")
def test_of_twenty_at_once_one_makes_the_task():
    boss = make_user(is_staff=True, is_superuser=True)
    from tests.factories import make_agent

    make_agent(id="simplize")

    def post() -> int:
        return client_of(boss).post(TASKS, BODY, headers=KEY).status_code

    assert set(at_once(post, 20)) <= {201, 409}
    assert ScheduledTask.objects.count() == 1
    assert client_of(boss).post(TASKS, BODY, headers=KEY)["Idempotency-Replayed"]


def test_it_is_the_last_middleware(settings):
    path = f"{OncePerKey.__module__}.{OncePerKey.__name__}"
    assert settings.MIDDLEWARE[-1] == path


@pytest.mark.django_db
def test_an_answer_that_no_key_reads_is_said_and_nothing_is_done_again(as_staff, agent):
    as_staff.post(TASKS, BODY, headers=KEY)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE scheduling_idempotentrequest SET body = 'enc1:stolen'")
    again = as_staff.post(TASKS, BODY, headers=KEY)
    assert again.status_code == 409
    assert "no encryption key" in again.json()["detail"]
    assert ScheduledTask.objects.count() == 1
