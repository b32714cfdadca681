"""API tokens: scoped, expiring, bound to addresses, a person and a contract, and shown once."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from server.core.errors import Forbidden, Invalid
from server.domain import identity
from server.domain.identity import ActorKind, ApiToken, AuditEntry, Permission, Role
from server.domain.identity.tokens import BadToken, TokenNotFromHere
from tests.factories import identity as people

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
CONTRACT, OTHER = uuid.uuid4(), uuid.uuid4()
HERE = "203.0.113.7"


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def chen(session):
    return people.actor("chen")


@pytest.fixture
def pusher(session):
    return people.officer("pusher", roles=[Role.VENDOR_RELEASE_PUSHER, Role.VENDOR_MAINTAINER], contract_id=CONTRACT)


def issue(chen, holder, **values):
    data = {"name": "流水线", "scopes": [Permission.RELEASE_PUSH], "days": 30, "contract_id": CONTRACT} | values
    return identity.issue_token(chen, officer_id=holder.id, **data)


def test_a_token_stands_for_its_holder_with_its_scopes_only(session, chen, pusher):
    made = issue(chen, pusher)
    actor = identity.actor_by_token(made.secret, address=HERE, scope=Permission.RELEASE_PUSH)
    assert (actor.kind, actor.id, actor.name) == (ActorKind.TOKEN, pusher.id, "pusher（令牌 流水线）")
    assert dict(actor.grants) == {Permission.RELEASE_PUSH: frozenset({CONTRACT})}
    with pytest.raises(Forbidden):
        identity.actor_by_token(made.secret, address=HERE, scope=Permission.TICKET_VIEW)


def test_the_secret_is_shown_once_and_kept_as_a_digest(session, chen, pusher):
    made = issue(chen, pusher)
    kind, prefix, body = made.secret.split("_", 2)
    assert (kind, prefix, len(body)) == ("sj", made.token.prefix, 43)
    assert body not in str(vars(made.token))
    assert body not in str(session.scalars(sa.select(AuditEntry.changes)).all())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda s: s[:-1],
        lambda s: s + "x",
        lambda s: "xx" + s[2:],
        lambda _: "",
        lambda _: "sj__",
        lambda s: s.replace("sj_", "sj_z"),
    ],
)
def test_a_spoilt_token_is_no_token(session, chen, pusher, spoil):
    with pytest.raises(BadToken):
        identity.actor_by_token(spoil(issue(chen, pusher).secret), address=HERE)


def test_a_token_ends(session, chen, pusher, time_machine):
    made, revoked = issue(chen, pusher), issue(chen, pusher)
    identity.revoke_token(chen, revoked.token.id)
    with pytest.raises(BadToken):
        identity.actor_by_token(revoked.secret, address=HERE)
    time_machine.move_to(NOON + timedelta(days=30) - timedelta(seconds=1), tick=False)
    assert identity.actor_by_token(made.secret, address=HERE)
    time_machine.move_to(NOON + timedelta(days=30), tick=False)
    with pytest.raises(BadToken):
        identity.actor_by_token(made.secret, address=HERE)


def test_a_token_falls_with_its_holder(session, chen, pusher):
    made = issue(chen, pusher)
    identity.set_roles(chen, pusher.id, [(Role.VENDOR_MAINTAINER, CONTRACT)])
    assert not identity.actor_by_token(made.secret, address=HERE).grants
    identity.deactivate(chen, pusher.id)
    with pytest.raises(BadToken):
        identity.actor_by_token(made.secret, address=HERE)


@pytest.mark.parametrize(
    ("networks", "address", "good"),
    [
        ([], "198.51.100.1", True),
        (["203.0.113.0/24"], HERE, True),
        (["203.0.113.0/24"], "::ffff:203.0.113.7", True),
        (["203.0.113.0/24"], "203.0.114.1", False),
        (["198.51.100.1", "2001:db8::/32"], "2001:db8::9", True),
        (["198.51.100.1"], "", False),
    ],
)
def test_a_token_is_bound_to_addresses(session, chen, pusher, networks, address, good):
    made = issue(chen, pusher, networks=networks)
    if good:
        assert identity.actor_by_token(made.secret, address=address)
    else:
        with pytest.raises(TokenNotFromHere):
            identity.actor_by_token(made.secret, address=address)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": [Permission.CONTRACT_MANAGE]}, "scopes"),
        ({"contract_id": OTHER}, "scopes"),
        ({"contract_id": None}, "contract_id"),
        ({"days": 0}, "days"),
        ({"days": 366}, "days"),
        ({"networks": ["203.0.113.0/33"]}, "networks"),
        ({"networks": ["example.org"]}, "networks"),
    ],
)
def test_what_may_not_be_issued(session, chen, pusher, values, field):
    with pytest.raises(Invalid) as refused:
        issue(chen, pusher, **values)
    assert list(refused.value.fields) == [field]
    assert session.scalars(sa.select(ApiToken)).all() == []


def test_tokens_are_the_system_administrators_business(session, chen, pusher):
    made = issue(chen, pusher)
    for who in ("lin", "zhou", "shen", "wu"):
        actor = people.actor(who)
        for verb in (
            lambda actor=actor: issue(actor, pusher),
            lambda actor=actor: identity.revoke_token(actor, made.token.id),
            lambda actor=actor: identity.tokens_matching(actor),
        ):
            with pytest.raises(Forbidden):
                verb()


def test_last_use_is_noted_at_most_once_a_minute(session, chen, pusher, time_machine):
    made = issue(chen, pusher)
    actor = identity.actor_by_token(made.secret, address=HERE)
    for seconds, expected in ((0, 0), (59, 0), (60, 60)):
        time_machine.move_to(NOON + timedelta(seconds=seconds), tick=False)
        identity.note_token_use(actor)
        session.refresh(made.token)
        assert made.token.last_used_at == NOON + timedelta(seconds=expected)
    assert made.token.last_used_address == HERE
