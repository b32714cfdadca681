"""Every kind of paper of the older rooms, composed from the played years: complete, in Chinese, masked."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from server.core.db import session
from server.domain import contracts, documents, duty, forms, payments, records, referrals, releases, staffing
from server.domain.documents import Document, DocumentState, Draft
from server.domain.documents.content import checked
from server.domain.records import CompletionState
from server.domain.tickets import Ticket, TicketState
from server.jobs.demo.years import Year

WORD = re.compile(r"[A-Za-z][A-Za-z]+")
# What is Latin in any office: formats, hashes, units, products, and letters of numbers.
ALLOWED = re.compile(
    r"SHA|PDF|IP|QQ|CPU|GB|MB|LPR|AES|[A-Z]{2,5}-[0-9A-Z-]+|ops-[a-z]+|[\w.-]+\.(pdf|docx|xlsx|png|jpg|zip)|[0-9a-f]{16,}"
)

Rows = Callable[[Any, uuid.UUID], list[uuid.UUID]]


def ids(column: Any, contract: Any, *conditions: Any) -> Callable[[Year], list[uuid.UUID]]:
    def found(year: Year) -> list[uuid.UUID]:
        query = sa.select(column.id).where(contract == year.contract_id, *conditions)
        return list(session().scalars(query))

    return found


C = records.Completion
SOURCES: dict[str, Callable[[Year], list[uuid.UUID]]] = {
    "service_record": ids(
        Ticket, Ticket.contract_id, Ticket.state == TicketState.CLOSED, Ticket.resolved_at.is_not(None)
    ),
    "completion_notice": ids(C, C.contract_id),
    "acceptance": ids(C, C.contract_id, C.state.in_((CompletionState.ACCEPTED, CompletionState.REJECTED))),
    "deemed_acceptance": ids(C, C.contract_id, C.state == CompletionState.DEEMED),
    "material_handover": ids(records.Material, records.Material.contract_id),
    "payment_application": ids(payments.Application, payments.Application.contract_id),
    "penalty_worksheet": ids(payments.Claim, payments.Claim.contract_id),
    "rectification_order": ids(payments.RectificationOrder, payments.RectificationOrder.contract_id),
    "recheck": ids(
        payments.RectificationOrder,
        payments.RectificationOrder.contract_id,
        payments.RectificationOrder.rechecked_on.is_not(None),
    ),
    "replacement_notice": ids(staffing.Replacement, staffing.Replacement.contract_id),
    "staff_roster": lambda year: [year.contract_id],
    "duty_roster": lambda year: [duty.month_subject(year.contract_id, date(2025, 10, 1))],
    "call_log": lambda year: [duty.month_subject(year.contract_id, date(2025, 10, 1))],
    "feedback_sheet": ids(referrals.Sheet, referrals.Sheet.contract_id),
    "requirement_sheet": ids(referrals.Requirement, referrals.Requirement.contract_id),
    "data_application": ids(referrals.Application, referrals.Application.contract_id),
    "contract_supplement": ids(contracts.Supplement, contracts.Supplement.contract_id),
    "contract_card": lambda year: [year.contract_id],
    "release_record": ids(releases.Release, releases.Release.contract_id),
}
# Nothing of the kind happens in either year.
NEVER = frozenset({"release_record"})


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts(each)


def strange(value: Any) -> set[str]:
    return {word for text in texts(value) for word in WORD.findall(ALLOWED.sub("", text))}


def drafted(code: str, year: Year) -> list[Draft]:
    kind = documents.kind_of(code)
    return [kind.compose(year.administrator, key) for key in SOURCES[code](year)[:30]]


@pytest.mark.parametrize("code", sorted(SOURCES))
def test_every_kind_composes_from_the_years(code: str, a: Year, b: Year) -> None:
    kind = documents.kind_of(code)
    found = [*drafted(code, a), *drafted(code, b)]
    assert bool(found) is (code not in NEVER)
    for draft in found:
        content = checked(kind.form, draft.content)
        assert not strange(content), draft.title
        assert not strange([draft.title, *draft.head])
        assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", str(content)), "a whole phone number"


def test_forms_speak_chinese() -> None:
    for kind in documents.kinds():
        labels = [kind.label, kind.form.title, kind.form.note, *(each.label for each in kind.form.signs)]
        for block in kind.form.blocks:
            labels.append(block.label)
            labels += [each.label for each in getattr(block, "fields", ())]
            labels += [each.label for each in getattr(block, "columns", ())]
        assert not strange(labels), kind.code
        assert not strange(checked(kind.form, kind.sample)), kind.code


def test_a16_every_service_of_year_a_has_its_record(a: Year) -> None:
    closed = session().scalars(
        sa.select(Ticket).where(Ticket.contract_id == a.contract_id, Ticket.state == TicketState.CLOSED)
    )
    for ticket in closed:
        assert forms.standing_of(ticket).missing == ""
    numbers = sa.select(Document.serial).where(
        Document.contract_id == a.contract_id, Document.prefix == "FWJL", Document.year == 2025
    )
    serials = sorted(session().scalars(numbers))
    assert serials == list(range(1, len(serials) + 1))


def test_b_closes_without(b: Year) -> None:
    count = sa.select(sa.func.count()).select_from(Document)
    assert session().scalar(count.where(Document.contract_id == b.contract_id, Document.kind == "service_record")) == 0


def test_a37_silence_stood_in_for_the_signatures(a: Year) -> None:
    ticket = session().get_one(Ticket, a.named["deemed"])
    standing = forms.standing_of(ticket)
    assert standing.deemed or (standing.document and standing.document.state is DocumentState.SIGNED)


def test_what_the_paper_of_the_outage_says(a: Year) -> None:
    draft = documents.kind_of("service_record").compose(a.administrator, a.named["outage"])
    request, work = draft.content["service"], draft.content["work"]
    assert request["on_site_at"] == "2025年8月19日 14:10（按时）"
    assert request["severity"] == "重大（业务中断）"
    assert request["contact"].endswith("（139****0000）")
    assert work["cause"] == "乙方批量任务未释放数据库连接"
    assert [row["what"] for row in draft.content["on_site"]][:2] == ["派员", "到场签认"]


def test_a25_an_application_tells_what_was_paid_before_it(b: Year) -> None:
    found = {
        draft.content["payment"]["milestone"]: draft.content["payment"] for draft in drafted("payment_application", b)
    }
    first, last = found["首期款（70%）"], found["尾款（30%）"]
    assert (first["before"], first["amount"], first["balance"]) == ("¥0.00", "¥104,160.00", "¥44,640.00")
    assert (last["before"], last["amount"], last["balance"]) == ("¥104,160.00", "¥44,640.00", "¥0.00")


def test_worksheets_name_clauses_as_the_contract_does(a: Year, b: Year) -> None:
    for draft in (*drafted("penalty_worksheet", a), *drafted("penalty_worksheet", b)):
        for step in draft.content["steps"]:
            assert not re.search(r"（[AB]\d+）|#\d", step["clause"] + step["reading"])
