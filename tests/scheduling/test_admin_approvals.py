"""The admin of approvals: the list, the buttons on the run's page; and the steps on that page."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from notifications.models import Delivery
from scheduling import history
from scheduling.models import Approval, Run, Step
from tests.factories import (
    make_approval,
    make_member,
    make_run,
    make_task,
    make_webhook,
)

pytestmark = pytest.mark.django_db
LIST = "/admin/scheduling/approval/"


def client_of(group):
    client = Client()
    client.force_login(make_member(group))
    return client


@pytest.fixture
def operator():
    return client_of("operators")


@pytest.fixture
def asked():
    task = make_task(needs_approval=True, target_user_id="45")
    make_webhook(task)
    return make_approval(task, output="Draft & <b>more</b>.")


def page_of(client, run):
    return client.get(f"/admin/scheduling/run/{run.pk}/change/").content.decode()


def post(client, approval, verb, **sent):
    return client.post(f"{LIST}{approval.pk}/{verb}/", sent, follow=True)


def test_the_open_ones_come_first(operator, asked):
    make_approval(
        output="Old.",
        approval="approved",
        decided_at=timezone.now(),
        asked_at=timezone.now() + timedelta(hours=1),
    )
    page = operator.get(LIST)
    assert [each.run.approval for each in page.context["cl"].result_list] == [
        "waiting",
        "approved",
    ]
    only = operator.get(f"{LIST}?state=waiting")
    assert [each.pk for each in only.context["cl"].result_list] == [asked.pk]


def test_the_sidebar_says_how_many_wait(operator, asked):
    page = operator.get("/admin/").content.decode()
    assert "1 output waits for approval" in page


def test_the_list_leads_to_the_page_of_the_run(operator, asked):
    answer = operator.get(f"{LIST}{asked.pk}/change/")
    assert answer["Location"] == f"/admin/scheduling/run/{asked.pk}/change/"


def test_the_page_of_the_run_has_the_buttons(operator, asked):
    page = page_of(operator, asked.run)
    assert "Save and approve" in page
    assert "Draft &amp; &lt;b&gt;more&lt;/b&gt;." in page
    assert "Nobody was to be told" not in page


def test_a_viewer_sees_how_it_stands_and_no_buttons(asked):
    page = page_of(client_of("viewers"), asked.run)
    assert "Nobody has been told of this output." in page
    assert "Save and approve" not in page


def test_approving_tells_and_is_noted(operator, asked):
    page = post(
        operator, asked, "approve", output=asked.run.output, note="Fine."
    ).content.decode()
    assert "Approved 1 output" in page
    assert "Fine." in page
    asked.refresh_from_db()
    assert (asked.was_edited, Delivery.objects.count()) == (False, 1)
    assert "Approved" in operator.get(f"{LIST}{asked.pk}/history/").content.decode()


def test_saving_and_approving_tells_the_text_as_it_was_sent(operator, asked):
    page = post(
        operator, asked, "approve", save="yes", output="Final.\r\n"
    ).content.decode()
    assert "As the agent gave it" in page
    assert Delivery.objects.get().payload["content"] == "Final.\n"


def test_a_changed_text_is_not_lost_by_the_wrong_button(operator, asked):
    page = post(operator, asked, "approve", output="Final.").content.decode()
    assert "You have changed the text" in page
    assert "Final.</textarea>" in page
    assert Run.objects.get(pk=asked.pk).approval == "waiting"


def test_what_is_wrong_with_the_text_stands_next_to_it(operator):
    asked = make_approval(output='{"a": 1}')
    Run.objects.filter(pk=asked.pk).update(output_data={"a": 1})
    page = post(operator, asked, "approve", save="yes", output="{").content.decode()
    assert "This output is JSON" in page


def test_rejecting_tells_nobody_whatever_became_of_the_text(operator, asked):
    page = post(operator, asked, "reject", output="other", note="No.").content.decode()
    assert "Rejected 1 output: nobody is told." in page
    assert not Delivery.objects.exists()


def test_who_comes_second_is_told_so(operator, asked):
    post(operator, asked, "reject")
    assert "not any more" in post(operator, asked, "approve").content.decode()


def test_several_are_asked_about_first(operator, asked):
    other = make_approval()
    sent = {"action": "approve", "_selected_action": [str(asked.pk), str(other.pk)]}
    page = operator.post(LIST, sent).content.decode()
    assert "Approve 2 outputs?" in page
    assert not Approval.objects.filter(decided_at__isnull=False).exists()
    page = operator.post(
        LIST, sent | {"post": "yes", "note": "All."}, follow=True
    ).content.decode()
    assert "Approved 2 outputs: they are told now." in page
    assert set(Approval.objects.values_list("note", flat=True)) == {"All."}


def test_the_list_takes_a_constant_number_of_queries(
    operator, asked, django_assert_max_num_queries
):
    for _ in range(5):
        make_approval()
    operator.get(LIST)
    with django_assert_max_num_queries(16):
        operator.get(LIST)


# -- the steps of a run


def running():
    now = timezone.now()
    return make_run(
        status="running",
        attempt=1,
        started_at=now,
        lease_token=uuid.uuid4(),
        lease_expires_at=now + timedelta(minutes=1),
    )


def test_the_page_shows_the_steps_escaped_with_what_was_used(operator):
    run = running()
    at = run.started_at + timedelta(seconds=2)
    Step.objects.create(
        run=run,
        number=1,
        kind="progress",
        status="succeeded",
        text="Reading <b>",
        started_at=at,
        ended_at=at,
    )
    Step.objects.create(
        run=run,
        number=2,
        kind="tool",
        name="fetch",
        text="<script>",
        result="x",
        status="succeeded",
        started_at=at,
        ended_at=at,
    )
    Step.objects.create(
        run=run,
        number=3,
        kind="model",
        name="gpt",
        status="succeeded",
        input_tokens=1234,
        started_at=at,
        ended_at=at + timedelta(seconds=3),
    )
    page = page_of(operator, run)
    for each in (
        "Reading &lt;b&gt;",
        "&lt;script&gt;",
        "+2 s",
        "3 s",
        "1,234 / 0",
        "So far:",
    ):
        assert each in page, each


def test_the_page_follows_the_steps(operator):
    run = running()
    state = history.state_of(run.pk)
    seen = {
        "run": state.run,
        "told": state.told,
        "cycle": state.cycle,
        "steps": state.steps,
    }
    live = f"/admin/scheduling/run/{run.pk}/live/"
    assert operator.get(live, seen).status_code == 204
    step = Step.objects.create(run=run, number=1, kind="tool", name="fetch")
    page = operator.get(live, seen).content.decode()
    assert 'id="run-steps"' in page
    assert 'id="run-result"' not in page
    seen["steps"] = history.state_of(run.pk).steps
    assert operator.get(live, seen).status_code == 204
    step.ended_at = timezone.now()
    step.save()
    assert operator.get(live, seen).status_code == 200


def test_of_many_steps_the_latest_are_shown(operator):
    run = running()
    Step.objects.bulk_create(
        Step(run=run, number=n, kind="progress", text=f"line {n}.")
        for n in range(1, 206)
    )
    page = page_of(operator, run)
    assert "5 earlier steps are left out here" in page
    assert "line 205." in page
    assert "line 5." not in page
