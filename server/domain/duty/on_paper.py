"""The room's papers: 值班表 and 通话记录 of a contract's month (A19). Numbers are masked on both."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date

import sqlalchemy as sa

from server.core import clock, spelling
from server.core.db import session
from server.domain import contracts, documents
from server.domain.calendar import CycleKind, cycle_of, cycles_touched
from server.domain.contracts import Contract
from server.domain.documents import Draft, Kind
from server.domain.duty.access import DutyNotFound
from server.domain.duty.cover import gaps, line_of, owed
from server.domain.duty.figures import calls_matching, figures
from server.domain.duty.models import Call
from server.domain.duty.shifts import shifts_between
from server.domain.identity import Actor, Permission
from server.gateways.office.layout import Column, Field, Fields, Form, SignBlock, Table

ROSTER, CALLS = "duty_roster", "call_log"
SIGNS = (SignBlock("vendor", "乙方（签字盖章）"), SignBlock("bureau", "甲方（签字盖章）"))
MONTHS = uuid.UUID("8f3c1c1e-6f0b-4d35-9c57-2f6a3d0f8a11")
ROSTER_FORM = Form(
    title="值班表",
    blocks=(
        Fields(
            "facts",
            (
                Field("contract", "合同编号"),
                Field("month", "月份"),
                Field("hotline", "值班电话"),
                Field("owed", "值守要求"),
                Field("gaps", "空档", wide=True),
            ),
        ),
        Table(
            "shifts",
            (
                Column("starts", "开始", 3),
                Column("ends", "结束", 3),
                Column("name", "值班人员", 2),
                Column("phone", "电话", 2),
                Column("kind", "班别", 1),
                Column("handover", "交接情况", 4),
            ),
        ),
    ),
    signs=SIGNS,
)
CALLS_FORM = Form(
    title="通话记录",
    blocks=(
        Fields(
            "facts",
            (
                Field("contract", "合同编号"),
                Field("month", "月份"),
                Field("answered", "已接听"),
                Field("missed", "未接"),
                Field("called_back", "已回拨"),
                Field("wait", "回拨等候中位数"),
            ),
        ),
        Table(
            "calls",
            (
                Column("number", "编号", 3),
                Column("at", "来电时间", 3),
                Column("caller", "来电人", 3),
                Column("state", "结果", 2),
                Column("by", "接听或回拨人", 2),
                Column("length", "通话时长", 2),
                Column("note", "内容", 4),
            ),
        ),
    ),
    signs=SIGNS,
    landscape=True,
)


def month_subject(contract_id: uuid.UUID, day: date) -> uuid.UUID:
    """What the month of a day goes by as the subject of papers: always the same for contract and month."""
    return uuid.uuid5(MONTHS, f"{contract_id}:{day:%Y-%m}")


def compose_roster(actor: Actor, subject_id: uuid.UUID) -> Draft:
    """A month's shifts. DutyNotFound for a month that is of none of the actor's contracts."""
    contract, first, last = _month_of(actor, subject_id)
    line = line_of(contract.id)
    shifts = shifts_between(actor, clock.start_of(first), clock.end_of(last), contract_id=contract.id)
    holes = gaps(contract.id, first, last)
    content = {
        "facts": {
            "contract": contract.number,
            "month": spelling.month(first),
            "hotline": (line.hotline if line else "") or "未登记",
            "owed": "全年全天值守" if owed(contract.id) else "未约定全天值守",
            "gaps": "；".join(f"{spelling.moment(each.starts_at)}至{spelling.moment(each.ends_at)}" for each in holes)
            or "无",
        },
        "shifts": [
            {
                "starts": spelling.moment(each.starts_at),
                "ends": spelling.moment(each.ends_at),
                "name": each.name,
                "phone": each.phone_masked,
                "kind": "备班" if each.backup else "主班",
                "handover": each.handover or ("已接班" if each.taken_over_at else ""),
            }
            for each in shifts
        ],
    }
    return _draft(contract, first, subject_id, content, "值班表", "/admin/duty/")


def compose_calls(actor: Actor, subject_id: uuid.UUID) -> Draft:
    """A month's calls, with what became of them. DutyNotFound for a month that is not the actor's to see."""
    contract, first, last = _month_of(actor, subject_id)
    counted = figures(actor, first, last, contract_id=contract.id)
    query = calls_matching(actor, contract_id=contract.id, first=first, last=last).order_by(None)
    content = {
        "facts": {
            "contract": contract.number,
            "month": spelling.month(first),
            "answered": f"{counted.answered} 次",
            "missed": f"{counted.missed} 次",
            "called_back": f"{counted.called_back} 次",
            "wait": spelling.length(counted.middle_wait) if counted.middle_wait else "无",
        },
        "calls": [_call(each) for each in session().scalars(query.order_by(Call.started_at, Call.id))],
    }
    return _draft(contract, first, subject_id, content, "通话记录", "/admin/duty/calls")


def _call(call: Call) -> dict[str, str]:
    spoken = call.ended_at - call.answered_at if call.ended_at and call.answered_at else None
    who = "，".join(part for part in (spelling.hidden_name(call.caller), call.phone_masked) if part)
    return {
        "number": call.number,
        "at": spelling.moment(call.started_at),
        "caller": who,
        "state": call.state.label,
        "by": call.called_back_by or call.answered_by,
        "length": spelling.length(spoken) if spoken else "",
        "note": call.note,
    }


def _draft(
    contract: Contract, first: date, subject_id: uuid.UUID, content: Mapping[str, object], title: str, url: str
) -> Draft:
    return Draft(
        contract_id=contract.id,
        subject_id=subject_id,
        content=content,
        title=f"{title}（{spelling.month(first)}）",
        head=(f"合同：{contract.title}（{contract.number}）",),
        covers_on=first,
        sources=((title, url),),
    )


def _month_of(actor: Actor, subject_id: uuid.UUID) -> tuple[Contract, date, date]:
    """The contract and the days of a month: looked for among the actor's contracts, since the id cannot be read back."""
    actor.need(Permission.DUTY_VIEW)
    scope = actor.contracts_for(Permission.DUTY_VIEW)
    query = sa.select(Contract) if scope is None else sa.select(Contract).where(Contract.id.in_(scope))
    for contract in session().scalars(query):
        last = min(contract.ends_on, cycle_of(CycleKind.MONTH, clock.today()).ends_on)
        for cycle in cycles_touched(CycleKind.MONTH, contract.starts_on, max(last, contract.starts_on)):
            if month_subject(contract.id, cycle.starts_on) == subject_id:
                found = contracts.find(actor, contract.id)
                return found, max(cycle.starts_on, contract.starts_on), min(cycle.ends_on, contract.ends_on)
    raise DutyNotFound


for _kind in (
    Kind(ROSTER, "值班表", "ZBB", "duty_month", ROSTER_FORM, compose_roster, view=Permission.DUTY_VIEW, group="值班",
         sample={"facts": {"contract": "ZK-YW-2025-01", "month": "2025年5月", "hotline": "0394-8000000",
                           "owed": "全年全天值守", "gaps": "无"},
                 "shifts": [{"starts": "2025年5月1日 08:00", "ends": "2025年5月2日 08:00", "name": "唐川",
                             "phone": "138****0000", "kind": "主班", "handover": "无遗留事项"}]}),
    Kind(CALLS, "通话记录", "THJL", "duty_month", CALLS_FORM, compose_calls, view=Permission.DUTY_VIEW, group="值班",
         sample={"facts": {"contract": "ZK-YW-2025-01", "month": "2025年5月", "answered": "31 次", "missed": "0 次",
                           "called_back": "2 次", "wait": "12 分钟"},
                 "calls": [{"number": "TH-2025-0009", "at": "2025年5月5日 10:02", "caller": "王*，138****0000",
                            "state": "已接听", "by": "唐川", "length": "6 分钟", "note": "预约按钮是灰的"}]}),
):  # fmt: skip
    documents.register(_kind)
