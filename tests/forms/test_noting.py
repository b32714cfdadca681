"""The supplement, the record's content, and its refusals."""

from __future__ import annotations

import pytest

from server.core.errors import Forbidden, Invalid
from server.core.secrecy import SecretMarked
from server.domain import documents, forms, tickets
from server.domain.documents import DocumentLocked
from server.domain.forms import NotServed, SupplementMoved
from server.domain.tickets import Channel, Kind
from tests.factories import forms as paper
from tests.factories.records import remote
from tests.factories.tickets import resolved, responded
from tests.records.conftest import House

COMPOSE = documents.kind_of(forms.SERVICE_RECORD).compose


def test_it_writes_itself_from_the_ticket(house: House) -> None:
    made = resolved(
        house.zheng, house.lin, contract=house.a, kind=Kind.FAULT, channel=Channel.PHONE,
        contact_name="王小明", contact_phone="13812340000", text="首页打不开，请回电 13812340000。",
    )  # fmt: skip
    remote(house.a, ticket_id=made.id)
    content = COMPOSE(house.zheng, made.id).content
    assert content["service"]["contact"] == "王**（138****0000）"
    assert "13812340000" not in str(content)
    assert content["work"]["cause"] == "缓存过期后没有刷新"
    assert content["work"]["result"] == "已修复，请重新进入小程序。"
    assert content["work"]["hours"] == "1 小时"
    assert content["remote"][0]["from_where"] == "云桥公司办公区（ops-zheng）"
    assert content == COMPOSE(house.lin, made.id).content


def test_nothing_is_issued_before_it_is_solved(house: House) -> None:
    made = responded(house.zheng, house.lin, contract=house.a)
    with pytest.raises(NotServed):
        documents.issue(house.zheng, forms.SERVICE_RECORD, made.id)


def test_a_foreign_ticket_is_as_if_it_were_not_there(house: House) -> None:
    made = resolved(house.zheng, house.lin, contract=house.a)
    for act in (lambda: COMPOSE(house.stranger, made.id), lambda: forms.note(house.stranger, made.id, cause="外")):
        with pytest.raises(tickets.TicketNotFound):
            act()
    with pytest.raises(Forbidden):
        forms.note(house.shen, made.id, cause="审计")


def test_two_at_once_and_bad_input(house: House) -> None:
    made = resolved(house.zheng, house.lin, contract=house.a)
    forms.note(house.zheng, made.id, cause="甲", version=0)
    with pytest.raises(SupplementMoved):
        forms.note(house.wu, made.id, cause="乙", version=0)
    for hours in ("-1", "1.25", "abc", "NaN", "100000"):
        with pytest.raises(Invalid):
            forms.note(house.zheng, made.id, hours=hours, version=1)
    with pytest.raises(SecretMarked):
        forms.note(house.zheng, made.id, cause="机密★1年", version=1)
    kept = forms.supplement_of(made.id)
    assert kept is not None
    assert (kept.cause, kept.version) == ("甲", 1)


def test_signed_means_locked(house: House) -> None:
    made = resolved(house.zheng, house.lin, contract=house.a)
    paper.signed_record(house.zheng, made.id)
    with pytest.raises(DocumentLocked):
        forms.note(house.zheng, made.id, cause="改")
