"""Citizens' tokens: issued, used, exchanged once, ended as a family."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from server.core import clock, crypto, db
from server.core.errors import Unauthenticated
from server.domain import identity
from server.domain.identity import (
    ANONYMOUS,
    Citizen,
    CitizenFamily,
    CitizenToken,
    FamilyEnd,
    RefreshReused,
    RefreshSuperseded,
    TokenInvalid,
)
from server.domain.identity.citizen_sessions import MOST_FAMILIES
from tests.factories.citizens import LIFETIMES, actor, citizen, entries, openid_for, tokens


def refresh(secret: str) -> identity.Tokens:
    return identity.refresh(ANONYMOUS, refresh=secret, lifetimes=LIFETIMES)


def test_the_first_sign_in_registers_and_the_next_one_finds(session):
    first, second = tokens("wang"), tokens("wang")
    assert first.citizen.id == second.citizen.id
    assert first.access != second.access
    assert first.expires_in == 7200
    assert len(entries("citizen.registered")) == 1
    assert len(entries("citizen.signed_in")) == 2
    assert tokens("li").citizen.id != first.citizen.id


def test_nothing_that_opens_a_door_is_stored_in_the_open(session):
    made = tokens("wang", session_key="session-key-of-wang", unionid="union-of-wang")
    secrets = [made.access, made.refresh, "session-key-of-wang", "union-of-wang", openid_for("wang")]
    stored = [repr(vars(row)) for model in (Citizen, CitizenFamily, CitizenToken) for row in session.query(model)]
    assert not [secret for secret in secrets if any(secret in row for row in stored)]
    family = session.query(CitizenFamily).one()
    assert identity.session_key_of(family.id) == "session-key-of-wang"
    assert identity.openid_of(made.citizen.id) == openid_for("wang")


def test_a_sealed_value_opens_in_its_own_row_only(session):
    wang, li = tokens("wang").citizen, tokens("li").citizen
    wang.openid_sealed, li.openid_sealed = li.openid_sealed, wang.openid_sealed
    session.flush()
    with pytest.raises(crypto.Unsealable):
        identity.openid_of(wang.id)


def test_an_access_token_names_its_citizen_until_its_time_is_up(session, queries):
    made = tokens("wang")
    session.flush()
    with queries() as seen:
        found = identity.citizen_by_token(made.access, "192.0.2.9")
    assert len(seen) == 1
    assert (found.id, found.address) == (made.citizen.id, "192.0.2.9")
    with time_machine.travel(clock.now() + timedelta(hours=2), tick=False), pytest.raises(TokenInvalid):
        identity.citizen_by_token(made.access)
    with pytest.raises(TokenInvalid):
        identity.citizen_by_token(made.refresh)


def test_a_refresh_token_is_exchanged_once(session):
    made = tokens("wang")
    newer = refresh(made.refresh)
    assert identity.citizen_by_token(newer.access).id == made.citizen.id
    assert identity.citizen_by_token(made.access).id == made.citizen.id
    assert refresh(newer.refresh).refresh != newer.refresh
    with pytest.raises(TokenInvalid):
        refresh("never given")


def test_a_used_refresh_token_ends_the_family_and_leaves_a_trace(session):
    made, other = tokens("wang"), tokens("wang")
    newer = refresh(made.refresh)
    with time_machine.travel(clock.now() + timedelta(seconds=11), tick=False):
        with pytest.raises(RefreshReused) as caught:
            refresh(made.refresh)
        assert caught.value.keeps
        for dead in (made.access, newer.access):
            with pytest.raises(TokenInvalid):
                identity.citizen_by_token(dead)
        with pytest.raises(TokenInvalid):
            refresh(newer.refresh)
        assert identity.citizen_by_token(other.access)
    assert [entry.result.value for entry in entries("citizen_session.reuse_detected")] == ["refused"]


def test_two_requests_that_raced_are_not_taken_for_theft(session):
    made = tokens("wang")
    newer = refresh(made.refresh)
    with pytest.raises(RefreshSuperseded):
        refresh(made.refresh)
    assert identity.citizen_by_token(newer.access)


def test_a_refresh_token_dies_of_age(session):
    made = tokens("wang")
    with time_machine.travel(clock.now() + timedelta(days=30), tick=False), pytest.raises(TokenInvalid):
        refresh(made.refresh)


def test_signing_out_ends_this_session_alone(session):
    made, other = tokens("wang"), tokens("wang")
    identity.sign_out_citizen(identity.citizen_by_token(made.access))
    with pytest.raises(TokenInvalid):
        identity.citizen_by_token(made.access)
    with pytest.raises(TokenInvalid):
        refresh(made.refresh)
    assert identity.citizen_by_token(other.access)
    assert len(entries("citizen.signed_out")) == 1
    with pytest.raises(Unauthenticated):
        identity.sign_out_citizen(ANONYMOUS)


def test_the_oldest_sessions_make_room(session):
    made = []
    with time_machine.travel(clock.now(), tick=False) as now:
        for _ in range(MOST_FAMILIES + 1):
            made.append(tokens("wang"))
            now.shift(60)
        with pytest.raises(TokenInvalid):
            identity.citizen_by_token(made[0].access)
        assert identity.citizen_by_token(made[1].access)
    ends = [family.end for family in session.query(CitizenFamily).filter(CitizenFamily.ended_at.is_not(None))]
    assert ends == [FamilyEnd.CROWDED]


def test_old_pairs_are_forgotten(session):
    made = tokens("wang")
    assert identity.forget_tokens() == 0
    with time_machine.travel(clock.now() + timedelta(days=31), tick=False):
        assert identity.forget_tokens() == 1
        with pytest.raises(TokenInvalid):
            refresh(made.refresh)


def test_a_deleted_citizen_comes_back_as_somebody_new(session):
    wang = citizen("wang")
    identity.delete_citizen(actor(wang), due_on=None)
    assert tokens("wang").citizen.id != wang.id


def test_a_lost_insert_finds_the_citizen_that_the_winner_made(app, session, monkeypatch):
    from server.domain.identity import citizen_sessions

    winner = tokens("wang").citizen
    real, asked = db.session().scalars, []

    def blind_at_first(statement):
        asked.append(statement)
        found = real(statement)
        if len(asked) == 1:
            found.close()
            return real(statement.where(Citizen.id != winner.id))
        return found

    monkeypatch.setattr(db.session(), "scalars", blind_at_first)
    assert citizen_sessions._citizen_of(openid_for("wang")).id == winner.id
