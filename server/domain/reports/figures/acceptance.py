"""Completion notices and acceptance (A35-A37), and the material that the bureau owes (A28)."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from server.core.db import session
from server.domain.records import Completion, CompletionState, Material, MaterialState
from server.domain.reports.content import Grid, Ref, Section, Work, count
from server.domain.reports.look import Look, day_text

DECIDED = {
    CompletionState.ACCEPTED: ("acceptance.accepted", "验收合格"),
    CompletionState.DEEMED: ("acceptance.deemed", "视为通过"),
    CompletionState.REJECTED: ("acceptance.rejected", "验收不合格"),
}


def acceptance(look: Look) -> Section:
    """The section."""
    notices = _notices(look)
    decided = [each for each in notices if look.within(each.decided_at)]
    waiting = [each for each in notices if _waits(look, each)]
    owed = _owed(look)
    late = [each for each in owed if each.due_on < look.as_of]
    asked = look.address("acceptances/")
    figures = [
        count("acceptance.sent", "发出完工通知", _refs(e for e in notices if look.within(e.sent_at)), address=asked)
    ]
    for state, (key, label) in DECIDED.items():
        figures.append(count(key, label, _refs(each for each in decided if each.state is state), address=asked))
    figures += [
        count("acceptance.waiting", "期末待验收", _refs(waiting), address=asked),
        count("materials.owed", "甲方待提供资料", _materials(owed), address=look.address("records/"), unit="项"),
        count("materials.late", "其中已逾期", _materials(late), address=look.address("records/"), unit="项"),
    ]
    rows = [
        (each.number, each.item, day_text(each.due_on), "逾期" if each in late else each.state.label) for each in owed
    ]
    works = [
        Work(day_text(e.decided_at), "验收", f"{e.number} {e.title}：{e.state.label}", e.decided_by_name)
        for e in decided
    ]
    return Section(
        key="acceptance",
        title="完工验收与资料",
        figures=tuple(figures),
        grids=(Grid("materials.rows", "甲方待提供资料", ("编号", "资料", "约定日期", "状态"), tuple(rows)),),
        works=tuple(works),
    )


def _notices(look: Look) -> list[Completion]:
    query = sa.select(Completion).where(
        Completion.contract_id == look.contract_id,
        Completion.state != CompletionState.WITHDRAWN,
        Completion.sent_at < look.at,
        sa.or_(Completion.decided_at.is_(None), Completion.decided_at >= look.start, Completion.sent_at >= look.start),
    )
    return list(session().scalars(query.order_by(Completion.sent_at, Completion.number)))


def _waits(look: Look, notice: Completion) -> bool:
    return notice.decided_at is None or notice.decided_at >= look.at


def _owed(look: Look) -> list[Material]:
    """What was asked for by then, and not there yet, or sent back."""
    query = sa.select(Material).where(
        Material.contract_id == look.contract_id,
        Material.state != MaterialState.DROPPED,
        Material.requested_on <= look.as_of,
        sa.or_(
            Material.delivered_on.is_(None),
            Material.delivered_on > look.as_of,
            Material.state == MaterialState.RETURNED,
        ),
    )
    return list(session().scalars(query.order_by(Material.due_on, Material.number)))


def _refs(notices: Iterable[Completion]) -> list[Ref]:
    return [Ref(f"{each.number} {each.title}", f"/admin/acceptances/{each.id}") for each in notices]


def _materials(owed: list[Material]) -> list[Ref]:
    return [Ref(f"{each.number} {each.item}", f"/admin/records/materials/{each.id}") for each in owed]
