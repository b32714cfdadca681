"""Every route of the console, as everybody: only what the table of permissions says."""

from __future__ import annotations

import uuid

import pytest

from server.admin.access import local_path
from server.admin.marks import Access, access_of
from server.domain.identity import Permission
from tests.factories import identity as people

CHARACTERS = ("lin", "zhou", "shen", "chen", "zheng", "wu")
READS = {"GET", "HEAD", "OPTIONS"}


def routes(app):
    """Rule, view and access of every route under /admin."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/admin"):
            yield rule, access_of(app.view_functions[rule.endpoint])


def address(rule):
    """An address of a rule; ids are of nothing."""
    values = {name: uuid.UUID(int=7) if "uuid" in rule.rule else 1 for name in rule.arguments}
    for name, converter in rule._converters.items():
        kind = type(converter).__name__
        values[name] = {"IntegerConverter": 404, "UUIDConverter": uuid.UUID(int=7)}.get(kind, "x")
        if kind == "AnyConverter":
            values[name] = sorted(converter.items)[0]
    return rule.build(values)[1]


def test_every_view_says_who_may_see_it(app):
    silent = [rule.rule for rule, access in routes(app) if not isinstance(access, Access)]
    assert silent == []


def test_only_the_doors_are_open_to_all(app):
    groups = {rule.endpoint.split(".")[0] for rule, access in routes(app) if access.anyone}
    # a calendar program has no session: the secret in the feed's address is its key
    assert groups == {"session", "setup", "console_assets", "csp", "gallery", "agenda_feed"}
    without_token = [rule.rule for rule, access in routes(app) if not access.csrf]
    assert without_token == ["/admin/csp-reports"]


def test_every_permission_of_the_console_is_one_of_ours(app):
    assert {access.permission for _, access in routes(app) if access.permission} <= set(Permission)


def test_a_stranger_is_sent_to_the_door(app, client):
    people.with_csrf(client)
    for rule, access in routes(app):
        if access.anyone:
            continue
        method = client.get if "GET" in rule.methods else client.post
        answer = method(address(rule))
        assert answer.status_code == 303, rule.rule
        assert answer.headers["Location"].startswith("/admin/sign-in"), rule.rule


@pytest.mark.parametrize("who", CHARACTERS)
def test_everybody_sees_only_what_the_table_says(app, client, who):
    officer = people.officer(who)
    actor = people.actor(who)
    people.signed_in(client, officer)
    for rule, access in routes(app):
        if access.permission is None:
            continue
        method = client.get if "GET" in rule.methods else client.post
        answer = method(address(rule))
        if actor.may(access.permission):
            assert answer.status_code not in (401, 403, 405), rule.rule
            assert answer.status_code < 500, rule.rule
        else:
            assert answer.status_code == 403, rule.rule


@pytest.mark.parametrize("who", CHARACTERS)
def test_looking_changes_nothing(app, client, queries, who):
    people.signed_in(client, people.officer(who))
    for rule, _ in routes(app):
        if "GET" not in rule.methods or rule.endpoint == "console_assets.file":
            continue
        with queries() as seen:
            answer = client.get(address(rule))
        # what leaves the house as a file leaves a line in the trail (A39), and nothing else
        trail = (
            "INSERT INTO audit_entries" if "attachment" in answer.headers.get("Content-Disposition", "") else "never"
        )
        reads = ("SELECT", "PRAGMA", trail)
        written = [each for each in seen if not each.startswith(reads)]
        assert written == [], rule.rule


@pytest.mark.parametrize("who", ["chen", "shen", "zhou"])
def test_dangerous_views_ask_for_the_password_again(app, client, who):
    people.signed_in(client, people.officer(who), stepped_up=False)
    actor = people.actor(who)
    for rule, access in routes(app):
        if access.step_up and "GET" in rule.methods and (access.permission is None or actor.may(access.permission)):
            answer = client.get(address(rule))
            assert answer.headers["Location"].startswith("/admin/step-up?next=/admin/"), rule.rule


def test_what_cannot_be_taken_back_asks_for_the_password_again(app):
    for endpoint in (
        "people.appoint",
        "people.set_roles",
        "people.reset",
        "tokens.issue",
        "tokens.revoke",
        "audit.download",
    ):
        assert access_of(app.view_functions[endpoint]).step_up, endpoint


def test_a_view_without_a_mark_is_shut(app, client, monkeypatch):
    monkeypatch.delattr(app.view_functions["account.show"], "access")
    people.signed_in(client, people.officer("chen"))
    assert client.get("/admin/account/").status_code == 403


def test_what_must_be_done_first_comes_first(client):
    sun = people.officer("sun", password_temporary=True, totp_sealed=None, totp_confirmed_at=None)
    people.signed_in(client, sun)
    assert client.get("/admin/account/").headers["Location"] == "/admin/account/password"
    assert client.get("/admin/account/password").status_code == 200
    done = client.post(
        "/admin/account/password",
        data={"current": people.PASSWORD, "new_password": "Bei-jiang 7 feng", "repeated": "Bei-jiang 7 feng"},
    )
    assert done.status_code == 303
    assert client.get("/admin/account/").headers["Location"] == "/admin/account/two-factor"
    people.with_csrf(client)
    assert client.post("/admin/account/two-factor").headers["Location"] == "/admin/account/two-factor"
    shown = client.get("/admin/account/two-factor").text
    assert "<svg" in shown
    secret = shown.split('id="totp-secret">')[1].split("<")[0]
    codes = client.post("/admin/account/two-factor/confirm", data={"code": people.totp_code(secret)})
    assert codes.text.count('<li class="mono">') == 10
    assert client.get("/admin/account/").status_code == 200


def test_an_error_is_a_page_a_toast_or_the_way_back(client):
    people.signed_in(client, people.officer("chen"))
    missing = f"/admin/people/{uuid.UUID(int=7)}"
    whole = client.get(missing)
    assert (whole.status_code, "没有找到您要的内容" in whole.text) == (404, True)
    part = client.get(missing, headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Reswap"]) == (404, "none")
    assert "toasts" in part.headers["HX-Trigger"]
    own = f"/admin/people/{people.actor('chen').id}"
    back = client.post(f"{own}/deactivate", headers={"Referer": f"http://localhost{own}"})
    assert (back.status_code, back.headers["Location"]) == (303, own)
    assert "不能对本人账号进行此操作" in client.get(own).text
    assert client.post(f"{own}/deactivate").status_code == 409
    assert client.post(f"{own}/deactivate", headers={"Referer": f"http://evil.example{own}"}).status_code == 409


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/admin/tickets/?q=a b", ""),
        ("/admin/tickets/?q=a%20b", "/admin/tickets/?q=a%20b"),
        ("/admin", "/admin"),
        ("/administrator", "/administrator"),
        ("//evil.example/admin", ""),
        ("https://evil.example/admin", ""),
        ("/\\evil.example", ""),
        ("/admin\\@evil.example", ""),
        ("/admin\r\nSet-Cookie: a=b", ""),
        ("javascript:alert(1)", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_only_our_own_paths_lead_on(text, path):
    assert local_path(text) == path
