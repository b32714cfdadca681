"""Every route as every role: only what the committed table says, and nothing at all without being asked who, twice."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from werkzeug.routing import Rule

from server.admin.marks import Access, access_of
from tests.support.roles import TABLE, World, callers_in, walk, world

AGAIN = "Look at each line; if it is meant so, write the table with `python -m tests.support.roles` and commit it."


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("roles")) as made:
        yield made


@pytest.mark.slow
def test_every_route_answers_every_role_as_the_table_says(here):
    meant, found = json.loads(TABLE.read_text(encoding="utf-8")), walk(here)
    faults = [f"vanished: {route}" for route in meant if route not in found]
    faults += [f"new, in no table: {route} {found[route]}" for route in found if route not in meant]
    faults += [
        f"changed: {route}\n    was {meant[route]}\n    is  {found[route]}"
        for route in found
        if route in meant and found[route] != meant[route]
    ]
    assert not faults, "\n".join([*faults, AGAIN])


def test_strangers_write_nothing_in_the_console():
    """By the table itself: without a session only the ways in answer to a post."""
    meant = json.loads(TABLE.read_text(encoding="utf-8"))
    console = {
        route for route, told in meant.items() if "/admin" in route and "_gallery" not in route and "GET" not in route
    }
    let_in = {route for route in console if "anonymous" in callers_in(meant[route].get("yes", ""))}
    assert let_in == {"POST /admin/csp-reports", "POST /admin/sign-in", "POST /admin/sign-in/second"}


def test_posts_without_their_token_are_refused(here):
    """Whoever sends them: a form of another site has the cookie but not the token."""
    answers = {
        rule.rule: here.ask("bureau_administrator", "POST", rule, token=False)[0]
        for rule, access in console_posts(here)
        if access.csrf
    }
    assert set(answers.values()) == {400}, {rule: status for rule, status in answers.items() if status != 400}


def test_dangerous_posts_ask_for_the_password_again(here):
    """An officer whose password was given long ago is led to the step-up, and nothing is done."""
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    dangerous = [rule for rule, access in console_posts(here) if access.step_up]
    assert dangerous
    for rule in dangerous:
        for caller in callers_in(table[f"POST {rule.rule}"].get("yes", "")):
            status, where = here.ask(caller, "POST", rule, stepped_up=False)
            assert (status, where.split("?")[0]) == (303, "/admin/step-up"), (rule.rule, caller)


def console_posts(here: World) -> Iterator[tuple[Rule, Access]]:
    """The console's writing routes with what they ask for; one that asks for nothing fails here."""
    for rule in here.app.url_map.iter_rules():
        if rule.rule.startswith("/admin") and "POST" in (rule.methods or ()):
            access = access_of(here.app.view_functions[rule.endpoint])
            assert access is not None, f"{rule.endpoint} does not say who may"
            yield rule, access
