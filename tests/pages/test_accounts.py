"""Sign in, sign out, password, language and zone."""

from __future__ import annotations

import re
import zoneinfo
from datetime import datetime

import pytest
from django.urls import reverse

from pages.middleware import readers_zone
from tests.factories import make_user

pytestmark = pytest.mark.django_db
PASSWORD = "mat-khau-123"


@pytest.fixture
def lan():
    return make_user(username="lan", password=PASSWORD)


@pytest.fixture
def an():
    return make_user(username="an", password=PASSWORD, is_staff=True)


def sign_in(client, username, password=PASSWORD, following=""):
    sent = {"username": username, "password": password, "next": following}
    return client.post(reverse("login"), sent)


def text(answer):
    return answer.content.decode()


# -- the one door


def test_a_person_comes_to_their_inbox(client, lan):
    assert sign_in(client, "lan")["Location"] == "/"


def test_a_person_comes_to_where_they_wanted_to_go(client, lan):
    assert sign_in(client, "lan", following="/account/")["Location"] == "/account/"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"],
)  # fmt: skip
def test_nobody_is_led_to_another_site(client, lan, an, elsewhere):
    assert sign_in(client, "lan", following=elsewhere)["Location"] == "/"
    client.force_login(an)
    door = client.get(reverse("admin:login"), {"next": elsewhere})
    assert door["Location"] == "/admin/"


def test_a_wrong_password_is_said_and_the_name_kept(client, lan):
    answer = sign_in(client, "lan", "wrong")
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert 'value="lan"' in text(answer)


def test_who_is_signed_in_is_not_asked_again(client, lan):
    client.force_login(lan)
    assert client.get(reverse("login"))["Location"] == "/"


def test_the_admin_sends_to_the_one_door_and_staff_come_back(client, an):
    wanted = "/admin/scheduling/run/?status=failed"
    answer = client.get(wanted, follow=True)
    path, _ = answer.redirect_chain[-1]
    assert path.startswith(f"{reverse('login')}?next=/admin/scheduling/run/")
    assert sign_in(client, "an", following=wanted)["Location"] == wanted


def test_staff_at_the_admins_door_go_in(client, an):
    client.force_login(an)
    assert client.get(reverse("admin:login"))["Location"] == "/admin/"


def test_who_is_not_staff_is_told_so_and_led_to_the_inbox(client, lan):
    client.force_login(lan)
    answer = client.get("/admin/", follow=True)
    assert answer.status_code == 403
    assert "lan, who is not one of the staff" in text(answer)
    assert f'href="{reverse("inbox")}"' in text(answer)


def test_the_sign_in_page_has_one_submit_button(client):
    page = text(client.get(reverse("login")))
    assert page.count('type="submit"') == 1
    assert page.index('type="submit"') < page.index('action="/i18n/setlang/"')


def test_signing_out_takes_a_post(client, lan):
    client.force_login(lan)
    assert client.get(reverse("logout")).status_code == 405
    assert client.get("/").status_code == 200
    assert client.post(reverse("logout"))["Location"] == reverse("login")
    assert client.get("/").status_code == 302


# -- password


def test_a_password_is_changed_and_one_stays_signed_in(client, lan):
    client.force_login(lan)
    new = {"new_password1": "khac-han-456", "new_password2": "khac-han-456"}
    answer = client.post(reverse("password"), {"old_password": PASSWORD, **new})
    assert answer["Location"] == reverse("account")
    assert "Your password is changed." in text(client.get(reverse("account")))
    lan.refresh_from_db()
    assert lan.check_password("khac-han-456")


def test_what_is_wrong_with_a_password_stands_at_its_field(client, lan):
    client.force_login(lan)
    sent = {"old_password": "wrong", "new_password1": "1", "new_password2": "1"}
    errors = client.post(reverse("password"), sent).context["form"].errors
    assert {"old_password", "new_password2"} <= set(errors)


# -- language and zone


def test_a_language_is_chosen_and_the_page_says_which(client, lan):
    client.force_login(lan)
    sent = {"language": "vi", "next": reverse("account")}
    answer = client.post(reverse("set_language"), sent)
    assert answer["Location"] == reverse("account")
    assert '<html lang="vi"' in text(client.get(reverse("account")))


def test_a_language_switch_leads_to_no_other_site(client):
    sent = {"language": "vi", "next": "https://evil.example/"}
    answer = client.post(reverse("set_language"), sent)
    assert "evil" not in answer["Location"]


def zone_of(client):
    page = text(client.get(reverse("account")))
    return re.search(r"Times are shown in ([\w/+-]+), where it is 20\d\d-", page)[1]


def test_times_are_in_the_zone_of_the_browser_until_another_is_chosen(client, lan):
    client.force_login(lan)
    client.cookies["browser_timezone"] = "Europe/Paris"
    assert zone_of(client) == "Europe/Paris"
    client.post(reverse("account"), {"timezone": "Asia/Ho_Chi_Minh"})
    assert zone_of(client) == "Asia/Ho_Chi_Minh"
    client.post(reverse("account"), {"timezone": ""})
    assert zone_of(client) == "Europe/Paris"


def test_a_zone_that_is_none_is_refused_at_its_field(client, lan):
    client.force_login(lan)
    answer = client.post(reverse("account"), {"timezone": "Mars/Olympus"})
    assert "“Mars/Olympus” is no time zone" in str(answer.context["form"].errors)
    assert "timezone" not in answer.cookies


@pytest.mark.parametrize("name", ["../../etc/passwd", "Mars/Olympus", "", "\0"])
def test_a_strange_cookie_is_no_zone(rf, settings, name):
    request = rf.get("/")
    request.COOKIES["timezone"] = name
    assert readers_zone(request).key == settings.SCHEDULING.default_timezone


def test_an_old_name_that_a_browser_says_is_the_zone_of_today(rf):
    request = rf.get("/")
    request.COOKIES["browser_timezone"] = "Asia/Saigon"
    assert readers_zone(request).key == "Asia/Ho_Chi_Minh"


def test_the_form_shows_the_zone_that_was_chosen(client, lan):
    client.force_login(lan)
    client.cookies["timezone"] = "Asia/Tokyo"
    page = text(client.get(reverse("account")))
    assert '<option value="Asia/Tokyo" selected>' in page


def test_each_zone_that_can_be_chosen_is_one(client, lan):
    client.force_login(lan)
    page = text(client.get(reverse("account")))
    names = re.findall(r'<option value="([^"]+)"', page)
    assert len(names) > 300
    for name in names:
        assert datetime.now(zoneinfo.ZoneInfo(name)).utcoffset() is not None
