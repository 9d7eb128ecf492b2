"""/v2/signal-outputs/: list, read, claim, complete, fail."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from rest_framework.test import APIClient

from signals.models import SignalOutput
from tests.factories import make_member, make_user

pytestmark = pytest.mark.django_db
ROOT = "/v2/signal-outputs/"


@pytest.fixture(autouse=True)
def keys(configure, settings, tmp_path):
    settings.STATIC_ROOT = tmp_path  # WhiteNoise warns of a folder that is not there
    configure("SIGNALS", ingest_keys=("the-key",))


def client_of(user):
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def staff():
    return client_of(make_member("operators"))


@pytest.fixture
def job():
    client = APIClient()
    client.credentials(HTTP_X_API_KEY="the-key")
    return client


def make_signal(**fields):
    return SignalOutput.objects.create(**{"content": "x"} | fields)


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [each["id"] for each in answer.json()["results"]]


@pytest.mark.parametrize(
    "query",
    ["ticker=VNM", "event_type=earnings", "event_date=2026-11-20", "source=hose",
     "status=new", "event_date_from=2026-11-20&event_date_to=2026-11-20"],
)  # fmt: skip
def test_signals_are_filtered(staff, query):
    wanted = make_signal(
        ticker="VNM",
        event_type="earnings",
        event_date=date(2026, 11, 20),
        source="hose",
    )
    make_signal(
        ticker="FPT", event_date=date(2026, 11, 21), status="completed",
        finished_at="2026-11-21T00:00:00Z",
    )  # fmt: skip
    assert ids(staff.get(f"{ROOT}?{query}")) == [wanted.pk]


@pytest.mark.parametrize("query", ["event_date=soon", "status=odd", "limit=0"])
def test_a_filter_that_cannot_be_is_named(staff, query):
    answer = staff.get(f"{ROOT}?{query}")
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [query.partition("=")[0]]


def test_a_signal_is_read_without_its_lease_token(staff):
    shown = staff.get(f"{ROOT}{make_signal(layer1_result=[1]).pk}/").json()
    assert shown["layer1_result"] == [1]
    assert "lease_token" not in shown


def test_people_read_the_signals_that_name_them():
    lan = make_user()
    own = make_signal(user_id=str(lan.pk))
    foreign = make_signal(user_id="99999")
    assert ids(client_of(lan).get(ROOT)) == [own.pk]
    assert client_of(lan).get(f"{ROOT}{foreign.pk}/").status_code == 404


def test_a_job_claims_and_completes(job):
    signal = make_signal(ticker="VNM")
    claimed = job.post(f"{ROOT}claim", {"consumer": "scorer", "limit": 5}).json()
    assert [each["id"] for each in claimed["signals"]] == [signal.pk]
    done = job.post(
        f"{ROOT}{signal.pk}/complete",
        {"lease_token": claimed["lease_token"], "result": {"score": 1}},
    )
    assert (done.json()["status"], done.json()["result"]) == ("completed", {"score": 1})


def test_a_claim_of_nothing_is_empty(job):
    claimed = job.post(f"{ROOT}claim", {"consumer": "scorer"})
    assert claimed.json() == {
        "lease_token": None,
        "lease_expires_at": None,
        "signals": [],
    }


def test_a_failed_signal_can_be_given_back(job):
    signal = make_signal()
    token = job.post(f"{ROOT}claim", {"consumer": "a"}).json()["lease_token"]
    body = {"lease_token": token, "error": "busy", "retry": True}
    assert job.post(f"{ROOT}{signal.pk}/fail", body).json()["status"] == "new"


def test_a_lease_is_extended(job):
    signal = make_signal()
    claimed = job.post(f"{ROOT}claim", {"consumer": "a", "lease_seconds": 5}).json()
    body = {"lease_token": claimed["lease_token"], "lease_seconds": 500}
    extended = job.post(f"{ROOT}{signal.pk}/extend", body).json()
    assert extended["lease_expires_at"] > claimed["lease_expires_at"]


@pytest.mark.parametrize("verb", ["complete", "fail", "extend"])
def test_a_lost_lease_is_a_conflict(job, verb):
    body: dict[str, object] = {"lease_token": str(uuid.uuid4())}
    if verb == "fail":
        body["error"] = "x"
    answer = job.post(f"{ROOT}{make_signal().pk}/{verb}", body)
    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("field", "value"),
    [("consumer", ""), ("limit", 0), ("limit", 101), ("lease_seconds", -1),
     ("event_date", "soon"), ("colour", "red")],
)  # fmt: skip
def test_a_claim_that_cannot_be_is_refused_by_field(job, field, value):
    answer = job.post(f"{ROOT}claim", {"consumer": "a"} | {field: value})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]


def test_staff_may_claim_with_their_token(staff):
    assert staff.post(f"{ROOT}claim", {"consumer": "me"}).status_code == 200


@pytest.mark.parametrize("who", ["a stranger", "a viewer"])
def test_people_may_not_claim(who):
    user = make_user() if who == "a stranger" else make_member("viewers")
    answer = client_of(user).post(f"{ROOT}claim", {"consumer": "me"})
    assert answer.status_code == 403
    assert "signals.consume_signaloutput" in answer.json()["detail"]


def test_staff_without_the_permission_read_no_signals():
    answer = client_of(make_user(is_staff=True)).get(ROOT)
    assert answer.status_code == 403
    assert "signals.view_signaloutput" in answer.json()["detail"]


@pytest.mark.parametrize("key", ["wrong", None])
def test_strangers_may_not_claim(key):
    headers = {"X-Api-Key": key} if key else {}
    answer = APIClient().post(f"{ROOT}claim", {"consumer": "me"}, headers=headers)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
