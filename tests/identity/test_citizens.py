"""What citizens say about themselves, agree to, and take back."""

from __future__ import annotations

import json
from datetime import date

import pytest

from server.core import crypto
from server.core.crypto import KeyRing
from server.core.errors import Forbidden, Invalid, NotFound, Unauthenticated
from server.domain import identity
from server.domain.identity import (
    ANONYMOUS,
    SCHEDULER,
    CitizenState,
    ConsentRequired,
    DataRequestKind,
    DataRequestState,
    NoticeItem,
    NoticeMissing,
    NoticeOutdated,
    TokenInvalid,
)
from tests.factories import identity as officers
from tests.factories.citizens import ITEMS, actor, citizen, entries, openid_for, privacy_notice, tokens

PHONE = "13812348000"


def agree(who, *scopes: str, version: int | None = None):
    chosen = version or privacy_notice().version
    return identity.give_consent(actor(who), version=chosen, scopes=list(scopes))


def test_without_consent_nothing_personal_is_kept(session):
    privacy_notice()
    wang = citizen("wang", consented=False)
    state = identity.consent_state(actor(wang))
    assert (state.required, state.version, state.given) == (True, 1, None)
    with pytest.raises(ConsentRequired):
        identity.set_profile(actor(wang), nickname="老王")
    with pytest.raises(ConsentRequired):
        identity.set_phone(actor(wang), phone=PHONE)


def test_before_any_notice_there_is_nothing_to_agree_to(session):
    wang = citizen("wang", consented=False)
    assert identity.consent_state(actor(wang)).required
    with pytest.raises(ConsentRequired):
        identity.require_consent(actor(wang))
    with pytest.raises(NoticeMissing):
        identity.give_consent(actor(wang), version=1, scopes=["account"])


def test_a_scope_that_was_not_agreed_to_stays_closed(session):
    wang = citizen("wang", consented=False)
    agree(wang, "account")
    identity.set_profile(actor(wang), nickname="老王")
    with pytest.raises(ConsentRequired):
        identity.set_phone(actor(wang), phone=PHONE)
    agree(wang, "account", "phone")
    identity.set_phone(actor(wang), phone=PHONE)
    assert len(identity.consents_of(wang.id)) == 2


@pytest.mark.parametrize("scopes", [[], ["phone"], ["account", "soul"]])
def test_scopes_must_be_those_of_the_notice(session, scopes):
    wang = citizen("wang", consented=False)
    with pytest.raises(Invalid):
        agree(wang, *scopes)


def test_agreeing_twice_is_agreeing_once(session):
    wang = citizen("wang", consented=False)
    agree(wang, "account", "phone")
    agree(wang, "phone", "account")
    assert len(identity.consents_of(wang.id)) == 1
    assert len(entries("consent.given")) == 1


def test_a_new_version_asks_again(session):
    wang = citizen("wang")
    identity.publish_privacy_notice(SCHEDULER, title="第二版", text="……", items=ITEMS)
    state = identity.consent_state(actor(wang))
    assert (state.required, state.version, state.given) == (True, 2, 1)
    with pytest.raises(ConsentRequired):
        identity.require_consent(actor(wang))
    with pytest.raises(NoticeOutdated):
        agree(wang, "account", version=1)
    agree(wang, "account", version=2)
    identity.require_consent(actor(wang))


def test_withdrawing_takes_what_was_kept_on_its_ground(session):
    wang = citizen("wang", phone=PHONE)
    identity.withdraw_consent(actor(wang))
    session.expire_all()
    assert identity.phone_of(wang) is None
    assert wang.nickname == ""
    assert identity.consent_state(actor(wang)).required
    identity.withdraw_consent(actor(wang))
    assert len(entries("consent.withdrawn")) == 1


def test_only_citizens_need_consent_and_only_they_can_give_it(session):
    identity.require_consent(SCHEDULER)
    identity.require_consent(ANONYMOUS)
    with pytest.raises(Unauthenticated):
        identity.consent_state(ANONYMOUS)


def test_who_may_publish_a_notice(session):
    with pytest.raises(Forbidden):
        identity.publish_privacy_notice(officers.actor("lin"), title="x", text="x", items=ITEMS)
    made = identity.publish_privacy_notice(officers.actor("zhou"), title="x", text="x", items=ITEMS)
    assert made.version == 1
    with pytest.raises(Invalid):
        identity.publish_privacy_notice(
            officers.actor("zhou"), title="x", text="x", items=[NoticeItem("a", "a", "a", required=True)] * 2
        )


def test_a_phone_number_is_masked_everywhere_but_for_its_owner_and_for_a_reason(session):
    wang = citizen("wang", phone=PHONE)
    assert identity.masked_phone_of(wang) == "138****8000"
    assert PHONE not in json.dumps([entry.changes for entry in entries("citizen.phone_set")])
    with pytest.raises(Forbidden):
        identity.unmask_phone(officers.actor("lin"), wang.id, reason="回访")
    with pytest.raises(Invalid):
        identity.unmask_phone(officers.actor("zhou"), wang.id, reason=" ")
    assert identity.unmask_phone(officers.actor("zhou"), wang.id, reason="回访") == PHONE
    assert len(entries("citizen.phone_unmasked")) == 1
    assert [found.id for found in identity.citizens_by_phone(officers.actor("lin"), PHONE)] == [wang.id]


@pytest.mark.parametrize(("phone", "masked"), [(PHONE, "138****8000"), ("+85291234567", "**********67"), (None, None)])
def test_masks(phone, masked):
    assert identity.mask_phone(phone) == masked


def test_a_phone_number_must_look_like_one(session):
    with pytest.raises(Invalid):
        identity.set_phone(actor(citizen("wang")), phone="12")


def test_a_phone_number_may_go_alone(session):
    wang = citizen("wang", phone=PHONE)
    identity.clear_phone(actor(wang))
    identity.clear_phone(actor(wang))
    assert identity.phone_of(wang) is None
    assert len(entries("citizen.phone_cleared")) == 1


def test_nobody_looks_at_somebody_else(session):
    wang, li = citizen("wang"), citizen("li")
    assert identity.find_citizen(actor(wang)).id == wang.id
    with pytest.raises(NotFound):
        identity.find_citizen(actor(wang), li.id)
    with pytest.raises(Unauthenticated):
        identity.find_citizen(ANONYMOUS, li.id)
    assert identity.find_citizen(officers.actor("lin"), li.id).id == li.id
    assert identity.names_of({wang.id, li.id}) == {wang.id: "老王", li.id: "小李"}


def test_a_copy_has_everything_in_the_open_and_is_recorded(session):
    wang = citizen("wang", phone=PHONE)
    copy = identity.export_data(actor(wang))
    assert copy["citizen"]["phone"] == PHONE
    assert [consent["version"] for consent in copy["consents"]] == [1]
    assert len(copy["sessions"]) == 1
    assert json.dumps(copy)
    (asked,) = identity.data_requests_of(actor(wang))
    assert (asked.kind, asked.state) == (DataRequestKind.EXPORT, DataRequestState.DONE)


def test_deletion_forgets_at_once_and_leaves_the_proof(session):
    made = tokens("wang")
    wang = citizen("wang", phone=PHONE)
    asked = identity.delete_citizen(actor(wang), due_on=date(2026, 12, 11))
    session.expire_all()
    assert wang.state is CitizenState.DELETED
    assert (wang.openid_index, wang.openid_sealed, wang.phone_sealed, wang.nickname) == (None, None, None, "")
    assert identity.openid_of(wang.id) is None
    assert identity.citizen_by_openid(openid_for("wang")) is None
    with pytest.raises(TokenInvalid):
        identity.citizen_by_token(made.access)
    assert (asked.state, asked.due_on) == (DataRequestState.OPEN, date(2026, 12, 11))
    with pytest.raises(Unauthenticated):
        identity.delete_citizen(actor(wang), due_on=None)
    closed = identity.close_data_request(SCHEDULER, asked.id)
    identity.close_data_request(SCHEDULER, asked.id)
    assert closed.state is DataRequestState.DONE
    assert len(entries("data_request.closed")) == 1


def test_requests_are_seen_by_who_handles_them(session):
    identity.delete_citizen(actor(citizen("wang")), due_on=None)
    zhou = officers.actor("zhou")
    assert len(session.scalars(identity.data_requests_matching(zhou, state=DataRequestState.OPEN)).all()) == 1
    with pytest.raises(Forbidden):
        identity.data_requests_matching(officers.actor("zheng"))


@pytest.mark.parametrize(
    ("codes", "left"),
    [
        (["8"], ("", True)),
        (["6"], (PHONE, True)),
        (["8", "19"], ("", True)),
        ([], ("", False)),
        (["13"], ("", False)),
    ],
)
def test_a_withdrawn_authorisation_clears_what_it_covered(session, codes, left):
    wang = citizen("wang", phone=PHONE)
    phone, agreed = left
    for _ in range(2):
        assert identity.authorization_revoked(openid_for("wang"), revoked=codes) == wang.id
    session.expire_all()
    assert (identity.phone_of(wang) or "") == phone
    assert (wang.consent_version is not None) is agreed
    assert identity.authorization_revoked("openid-of-nobody") is None


def test_rotation_seals_anew_in_batches_and_goes_on_where_it_was(session):
    people = [citizen(name, phone=PHONE) for name in ("wang", "li", "zhao")]
    old = crypto.ring()
    new = KeyRing(keys={"k2": b"2" * 32, **old.keys}, current="k2", index_key=old.index_key, cipher=old.cipher)
    crypto.install(new)
    try:
        assert identity.rotate_citizen_keys(batch=2) == 2
        assert identity.rotate_citizen_keys(batch=2) == 1
        assert identity.rotate_citizen_keys(batch=2) == 0
        session.expire_all()
        assert all(
            person.openid_sealed.startswith("k2.") and person.phone_sealed.startswith("k2.") for person in people
        )
        crypto.install(KeyRing(keys={"k2": b"2" * 32}, current="k2", index_key=old.index_key, cipher=old.cipher))
        assert {identity.phone_of(person) for person in people} == {PHONE}
        assert identity.openid_of(people[0].id) == openid_for("wang")
    finally:
        crypto.install(old)
