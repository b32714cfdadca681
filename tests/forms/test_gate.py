"""Which ticket needs a service record before it is closed, case by case (A16)."""

from __future__ import annotations

from typing import Any

import pytest

from server.domain import contracts, documents, forms, records, tickets
from server.domain.forms import Need
from server.domain.identity import ANONYMOUS
from server.domain.tickets import GateShut, Kind, Scope, Ticket, TicketState
from tests.factories import forms as paper
from tests.factories.contracts import contract_a
from tests.factories.records import at, received
from tests.factories.tickets import resolved, responded
from tests.records.conftest import House


def need(made: Ticket) -> Need:
    return forms.need_of(made)


@pytest.mark.parametrize("kind", list(Kind))
def test_a16_every_kind_of_service_needs_a_record(house: House, kind: Kind) -> None:
    made = responded(house.zheng, house.lin, contract=house.a, kind=kind)
    assert need(made) is Need.NEEDED


def test_a16_is_not_closed_before_both_have_signed(house: House) -> None:
    made = resolved(house.zheng, house.lin, contract=house.a)
    with pytest.raises(GateShut, match="尚未出具服务记录单（合同三（三）1）"):
        tickets.close(house.lin, made.id)
    document = documents.issue(house.zheng, forms.SERVICE_RECORD, made.id)
    with pytest.raises(GateShut, match=f"{document.number} 生成中，双方签署后才能关闭"):
        tickets.close(house.lin, made.id)
    paper.signed(document)
    tickets.close(house.lin, made.id)
    assert made.state is TicketState.CLOSED


def test_a16_a_void_record_does_not_count(house: House) -> None:
    made = resolved(house.zheng, house.lin, contract=house.a)
    document = documents.issue(house.zheng, forms.SERVICE_RECORD, made.id)
    documents.void(house.zheng, document.id, reason="写错了")
    with pytest.raises(GateShut, match="尚未出具"):
        tickets.close(house.lin, made.id)


def test_a37_silence_counts_as_both_signatures(house: House, friday: Any) -> None:
    made = resolved(house.zheng, house.lin, contract=house.a)
    received(house.a, ticket_id=made.id)
    friday.move_to(at("2025-09-30 08:00"))
    records.deem()
    assert forms.standing_of(made).deemed
    tickets.close(house.lin, made.id)


def test_a16_what_was_accepted_by_word_still_needs_the_record(house: House) -> None:
    made = resolved(house.zheng, house.lin, contract=house.a)
    records.accept(house.lin, received(house.a, ticket_id=made.id).id)
    with pytest.raises(GateShut):
        tickets.close(house.lin, made.id)


def test_a16_a_reopened_ticket_needs_the_next_version(house: House, friday: Any) -> None:
    made = resolved(house.zheng, house.lin, contract=house.a)
    paper.signed_record(house.zheng, made.id)
    friday.move_to(at("2025-09-26 11:00"))
    tickets.reopen(house.lin, made.id, reason="又出现了")
    friday.move_to(at("2025-09-26 12:00"))
    tickets.resolve(house.zheng, made.id, text="再次修复", cause="另一处缓存")
    standing = forms.standing_of(made)
    assert standing.outdated
    with pytest.raises(GateShut, match="请出具更正版"):
        tickets.close(house.lin, made.id)
    again = paper.signed_record(house.zheng, made.id)
    assert again.version == 2
    tickets.close(house.lin, made.id)


def test_a37_what_silence_accepted_does_not_count_after_it_was_taken_up_again(house: House, friday: Any) -> None:
    made = resolved(house.zheng, house.lin, contract=house.a)
    received(house.a, ticket_id=made.id)
    friday.move_to(at("2025-09-30 08:00"))
    records.deem()
    tickets.reopen(house.lin, made.id, reason="又出现了")
    tickets.resolve(house.zheng, made.id, text="再次修复", cause="")
    with pytest.raises(GateShut, match="尚未出具"):
        tickets.close(house.lin, made.id)


def test_b36_a_contract_without_the_clause_needs_none(house: House) -> None:
    made = resolved(house.stranger, house.lin, contract=house.b)
    assert need(made) is Need.NOT_AGREED
    tickets.close(house.lin, made.id)


def test_without_a_contract_none(house: House) -> None:
    made = resolved(house.lin, ANONYMOUS, contract_id=None)
    if made.contract_id is None:
        assert need(made) is Need.NO_CONTRACT
        tickets.close(house.lin, made.id)


def test_what_is_cancelled_is_never_closed(house: House) -> None:
    made = responded(house.zheng, house.lin, contract=house.a)
    tickets.cancel(house.lin, made.id, reason="用户误报")
    assert need(made) is Need.CANCELLED


def test_a_double_follows_the_ticket_that_remains(house: House) -> None:
    into, double = (responded(house.zheng, house.lin, contract=house.a) for _ in range(2))
    tickets.merge(house.lin, double.id, into_id=into.id)
    assert (double.state, need(double)) == (TicketState.CLOSED, Need.MERGED)
    tickets.resolve(house.zheng, into.id, text="已修复", cause="")
    with pytest.raises(GateShut):
        tickets.close(house.lin, into.id)


def test_a29_out_of_scope_and_sent_away_needs_none(house: House) -> None:
    made = responded(house.zheng, house.lin, contract=house.a)
    tickets.decide_scope(house.lin, made.id, scope=Scope.CLIENT_SIDE, reason="用户电脑问题")
    tickets.resolve(house.zheng, made.id, text="请联系电脑维修", cause="")
    assert need(made) is Need.SENT_AWAY
    tickets.close(house.lin, made.id)


def test_a29_out_of_scope_but_worked_on_needs_one(house: House) -> None:
    made = responded(house.zheng, house.lin, contract=house.a)
    tickets.start(house.zheng, made.id)
    tickets.decide_scope(house.lin, made.id, scope=Scope.CLIENT_SIDE, reason="用户电脑问题")
    assert need(made) is Need.NEEDED


def test_a_clause_asks_by_what_it_concerns_and_old_ones_by_their_title(house: House) -> None:
    terms = contracts.raw_terms(house.a.id, 1)
    concerning = {**terms, "clauses": [{**each, "title": "记录"} for each in terms["clauses"]]}
    silent = {**terms, "clauses": [each for each in terms["clauses"] if each["id"] != "A16"]}
    old = {**terms, "clauses": [{**each, "concerns": []} for each in terms["clauses"]]}
    for wanted, found in ((Need.NEEDED, concerning), (Need.NOT_AGREED, silent), (Need.NEEDED, old)):
        made = responded(house.lin, house.lin, contract=contract_a(terms=found))
        assert need(made) is wanted


def test_a16_many_at_once_say_what_is_missing(house: House) -> None:
    ready, open_ = (resolved(house.zheng, house.lin, contract=house.a) for _ in range(2))
    paper.signed_record(house.zheng, ready.id)
    rows = tickets.close_many(house.lin, [ready.id, open_.id])
    assert [row.outcome is tickets.Outcome.DONE for row in rows] == [True, False]
