"""Signing in, stepping up and out, over HTTP."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from server.app import create_app
from server.core.db import Base, db, unit
from server.domain import identity
from server.domain.identity import AuditEntry, OfficerSession
from tests.conftest import make_settings
from tests.factories import identity as people

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def cookie(client):
    found = client.get_cookie("sid")
    return found.value if found else None


def give_password(client, login="lin", password=people.PASSWORD, **more):
    people.with_csrf(client)
    return client.post("/admin/sign-in", data={"login": login, "password": password, **more})


def sign_in(client, login="lin", **more):
    answer = give_password(client, login, **more)
    assert answer.status_code == 303, answer.text
    people.with_csrf(client)
    return client.post("/admin/sign-in/second", data={"code": people.totp_code(), **more})


def test_password_then_code_opens_the_console(client, time_machine):
    time_machine.move_to(NOON)
    people.officer("lin")
    half = give_password(client)
    assert half.headers["Location"] == "/admin/sign-in/second"
    first = cookie(client)
    assert client.get("/admin/account/").status_code == 303  # the first step alone opens nothing
    people.with_csrf(client)
    done = client.post("/admin/sign-in/second", data={"code": people.totp_code()})
    assert (done.status_code, done.headers["Location"]) == (303, "/admin/home")
    assert cookie(client) != first
    shown = client.get("/admin/account/")
    assert shown.status_code == 200
    assert "林岚" in shown.text


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client, time_machine):
    time_machine.move_to(NOON)
    people.officer("lin")
    people.with_csrf(client)
    answer = client.post("/admin/sign-in", data={"login": "lin", "password": people.PASSWORD})
    given = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("sid="))
    assert "HttpOnly" in given
    assert "SameSite=Lax" in given
    assert "Path=/" in given
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_code_works_once(client, time_machine):
    time_machine.move_to(NOON, tick=False)
    people.officer("lin")
    assert sign_in(client).status_code == 303
    client.delete_cookie("sid")
    again = sign_in(client)
    assert again.status_code == 422
    assert "验证码不正确或已使用" in again.text
    time_machine.move_to(NOON + timedelta(seconds=60), tick=False)
    assert client.post("/admin/sign-in/second", data={"code": people.totp_code()}).status_code == 303


@pytest.mark.parametrize("login", ["lin", "nobody"])
def test_the_sixth_try_is_locked_out_whether_or_not_the_account_exists(client, time_machine, login):
    time_machine.move_to(NOON, tick=False)
    people.officer("lin")
    answers = [give_password(client, login, "wrong password") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [401] * 5
    assert all("账号或口令不正确" in answer.text for answer in answers)
    locked = give_password(client, login)
    assert locked.status_code == 429
    assert locked.headers["Retry-After"] == "900"
    time_machine.move_to(NOON + timedelta(minutes=15, seconds=1), tick=False)
    assert give_password(client, login).status_code == (303 if login == "lin" else 401)


def test_failures_are_in_the_trail_although_the_answer_refuses(client, session):
    people.officer("lin")
    give_password(client, "lin", "wrong password")
    give_password(client, "My-Secret-Typed-Here", "x")
    found = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(entry.action, entry.result.value) for entry in found] == [("session.refused", "refused")] * 2
    assert found[1].actor_name == "my***"


@pytest.mark.parametrize(
    "target", ["//evil.example", "/\\evil.example", "https://evil.example/admin", "/admin\t/x", "javascript:1"]
)
def test_nobody_is_sent_to_another_site(client, time_machine, target):
    time_machine.move_to(NOON)
    people.officer("lin")
    assert sign_in(client, next=target).headers["Location"] == "/admin/home"


def test_the_page_that_was_asked_for_comes_after_the_sign_in(client, time_machine):
    time_machine.move_to(NOON)
    people.officer("lin")
    asked = client.get("/admin/account/?tab=1")
    assert (asked.status_code, asked.headers["Location"]) == (303, "/admin/sign-in?next=/admin/account/?tab%3D1")
    assert sign_in(client, next="/admin/account/?tab=1").headers["Location"] == "/admin/account/?tab=1"


def test_htmx_is_led_away_by_a_header(client):
    answer = client.get(
        "/admin/account/", headers={"HX-Request": "true", "HX-Current-URL": "http://localhost/admin/account/"}
    )
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == "/admin/sign-in?next=/admin/account/"


def test_a_recovery_code_stands_in_once(client, time_machine, session):
    time_machine.move_to(NOON)
    people.officer("lin")
    codes = identity.renew_recovery_codes(people.actor("lin"))
    give_password(client)
    people.with_csrf(client)
    data = {"code": codes[0].upper(), "recovery": "1"}
    assert client.post("/admin/sign-in/second", data=data).status_code == 303
    assert client.get("/admin/account/").status_code == 200
    client.delete_cookie("sid")
    give_password(client)
    people.with_csrf(client)
    assert client.post("/admin/sign-in/second", data=data).status_code == 422
    assert identity.recovery_codes_left(people.actor("lin")) == 9


def test_an_old_secret_planted_before_sign_in_opens_nothing(client, time_machine):
    time_machine.move_to(NOON)
    people.officer("lin")
    client.set_cookie("sid", "planted-by-somebody")
    sign_in(client)
    assert cookie(client) != "planted-by-somebody"
    client.set_cookie("sid", "planted-by-somebody")
    assert client.get("/admin/account/").status_code == 303


def test_step_up_gives_a_new_secret_and_comes_back(client):
    lin = people.officer("lin")
    people.signed_in(client, lin, stepped_up=False)
    old = cookie(client)
    people.with_csrf(client)
    asked = client.post("/admin/account/recovery-codes", headers={"Referer": "http://localhost/admin/account/"})
    assert (asked.status_code, asked.headers["Location"]) == (303, "/admin/step-up?next=/admin/account/")
    wrong = client.post("/admin/step-up", data={"current": "no", "next": "/admin/account/"})
    assert wrong.status_code == 422
    right = client.post("/admin/step-up", data={"current": people.PASSWORD, "next": "/admin/account/"})
    assert right.headers["Location"] == "/admin/account/"
    new = cookie(client)
    assert new != old
    assert client.post("/admin/account/recovery-codes").status_code == 200
    client.set_cookie("sid", old)
    assert client.get("/admin/account/").status_code == 303


def test_signing_out_ends_the_session_on_the_server(client):
    people.signed_in(client, people.officer("lin"))
    secret = cookie(client)
    answer = client.post("/admin/sign-out")
    assert answer.headers["Location"] == "/admin/sign-in"
    assert "cookies" in answer.headers["Clear-Site-Data"]
    client.set_cookie("sid", secret)
    assert client.get("/admin/account/").status_code == 303


def test_idle_and_old_sessions_end(client, time_machine):
    time_machine.move_to(NOON, tick=False)
    people.signed_in(client, people.officer("lin"))
    for minutes in range(20, 8 * 60, 20):
        time_machine.move_to(NOON + timedelta(minutes=minutes), tick=False)
        assert client.get("/admin/account/").status_code == 200
    time_machine.move_to(NOON + timedelta(hours=8), tick=False)
    assert client.get("/admin/account/").status_code == 303


def test_half_an_hour_without_a_request_is_too_long(client, time_machine):
    time_machine.move_to(NOON, tick=False)
    people.signed_in(client, people.officer("lin"))
    time_machine.move_to(NOON + timedelta(minutes=30), tick=False)
    assert client.get("/admin/account/").status_code == 303


def test_a_vendor_stays_four_hours(session, time_machine):
    time_machine.move_to(NOON, tick=False)
    people.officer("zheng")
    step = identity.sign_in("zheng", people.PASSWORD, address="192.0.2.1")
    identity.confirm_totp(step.secret, people.totp_code(), address="192.0.2.1")
    expiries = session.scalars(sa.select(OfficerSession.expires_at).order_by(OfficerSession.id)).all()
    assert expiries == [NOON + timedelta(minutes=5), NOON + timedelta(hours=4)]


def test_posts_from_elsewhere_or_without_the_token_are_refused(client):
    people.signed_in(client, people.officer("lin"))
    assert client.post("/admin/sign-out", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post("/admin/sign-out", headers={"X-CSRFToken": "forged"}).status_code == 400
    assert client.get("/admin/account/").status_code == 200


def test_last_use_is_noted_once_a_minute(client, session, time_machine, queries):
    time_machine.move_to(NOON, tick=False)
    people.signed_in(client, people.officer("lin"))
    with queries() as seen:
        client.get("/admin/account/password")
    assert not [each for each in seen if each.startswith("UPDATE")]
    time_machine.move_to(NOON + timedelta(minutes=2), tick=False)
    client.get("/admin/account/password")
    assert session.scalar(sa.select(OfficerSession.seen_at)) == NOON + timedelta(minutes=2)


def test_over_tls_the_cookies_are_bound_to_the_host(tmp_path):
    app = create_app(make_settings(tmp_path, base_url="https://console.example"))
    with app.app_context():
        Base.metadata.create_all(db.engine)
        with unit():
            people.officer("lin")
        browser = app.test_client()
        page = browser.get("/admin/sign-in", base_url="https://console.example")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text).group(1)
        answer = browser.post(
            "/admin/sign-in",
            data={"login": "lin", "password": people.PASSWORD, "csrf_token": token},
            base_url="https://console.example",
            headers={"Referer": "https://console.example/admin/sign-in"},
        )
        db.session.remove()
        db.engine.dispose()
    given = [line for each in (page, answer) for line in each.headers.getlist("Set-Cookie")]
    assert {line.split("=")[0] for line in given} == {"__Host-form", "__Host-sid"}
    for line in given:
        assert "Secure" in line
        assert "HttpOnly" in line
        assert "Path=/" in line
        assert "Domain" not in line
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
