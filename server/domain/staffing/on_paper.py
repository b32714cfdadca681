"""The room's papers: 人员变更通知书 (A18), 维护人员名册 (A17)."""

from __future__ import annotations

import uuid

from server.core import clock, spelling
from server.domain import contracts, documents
from server.domain.contracts import Contract
from server.domain.documents import Draft, Kind
from server.domain.identity import Actor, Permission
from server.domain.staffing import roster
from server.domain.staffing.models import Maintainer, Replacement
from server.domain.staffing.replacing import find_replacement
from server.domain.staffing.vocabulary import Breach
from server.gateways.office.layout import Column, Field, Fields, Form, SignBlock, Table

NOTICE, ROSTER = "replacement_notice", "staff_roster"
SIGNS = (SignBlock("vendor", "乙方（签字盖章）"), SignBlock("bureau", "甲方（签字盖章）"))
NOTICE_FORM = Form(
    title="人员变更通知书",
    blocks=(
        Fields(
            "change",
            (
                Field("number", "通知编号"),
                Field("contract", "合同编号"),
                Field("reason", "变更原因"),
                Field("state", "办理状态"),
                Field("received_on", "通知收到日期"),
                Field("effective_on", "变更生效日期"),
                Field("notice_by", "最迟通知日期"),
                Field("days", "提前天数"),
                Field("note", "说明", wide=True),
            ),
        ),
        Table(
            "people",
            (
                Column("which", "人员", 2),
                Column("name", "姓名", 2),
                Column("role", "岗位", 3),
                Column("years", "相关经验", 2),
                Column("experience", "经历", 5),
                Column("term", "任职期间", 4),
            ),
            label="人员对比",
            numbered=False,
        ),
        Fields(
            "judged",
            (
                Field("comparison", "乙方对比说明", wide=True, lines=2),
                Field("ability", "甲方能力判断"),
                Field("judge", "判断人"),
                Field("remark", "甲方意见", wide=True),
                Field("breaches", "与合同不符之处", wide=True),
            ),
            label="审核",
        ),
    ),
    signs=SIGNS,
)
ROSTER_FORM = Form(
    title="维护人员名册",
    blocks=(
        Fields(
            "facts", (Field("contract", "合同编号"), Field("on", "截至日期"), Field("required", "约定经验", wide=True))
        ),
        Table(
            "people",
            (
                Column("name", "姓名", 4),
                Column("role", "岗位", 6),
                Column("years", "相关经验", 4),
                Column("skills", "技能", 8),
                Column("term", "任职期间", 8),
                Column("review", "甲方审核", 5),
            ),
            label="在岗人员",
        ),
    ),
    signs=SIGNS,
)


def compose_notice(actor: Actor, replacement_id: uuid.UUID) -> Draft:
    """A notice that somebody is replaced, with both people side by side."""
    row = find_replacement(actor, replacement_id)
    contract = contracts.find(actor, row.contract_id)
    people = roster.by_id([each for each in (row.maintainer_id, row.substitute_id) if each])
    substitute = people.get(row.substitute_id) if row.substitute_id else None
    rows = [_person(people[row.maintainer_id], "原人员")]
    rows += [_person(substitute, "接替人员")] if substitute else []
    return Draft(
        contract_id=contract.id,
        subject_id=row.id,
        content={"change": _change(row, contract), "people": rows, "judged": _judged(row)},
        title=f"人员变更通知书（{row.number}）",
        head=(f"合同：{contract.title}（{contract.number}）",),
        covers_on=row.received_on,
        sources=((f"更换通知 {row.number}", f"/admin/staff/replacements/{row.id}"),),
    )


def compose_roster(actor: Actor, contract_id: uuid.UUID) -> Draft:
    """Who is designated for a contract today, or was on its last day."""
    actor.need(Permission.STAFF_VIEW, contract_id)
    contract = contracts.find(actor, contract_id)
    day = min(clock.today(), contract.ends_on)
    people = roster.staff_on(contract.id, day)
    skills = roster.skills_of([each.id for each in people])
    term = contracts.terms_of(contract.id, on=day).replacement
    return Draft(
        contract_id=contract.id,
        subject_id=contract.id,
        content={
            "facts": {
                "contract": contract.number,
                "on": spelling.day(day),
                "required": f"不少于 {term.experience_years} 年" if term else "未约定",
            },
            "people": [
                {
                    "name": each.name,
                    "role": each.role,
                    "years": f"{each.experience_years} 年",
                    "skills": "、".join(f"{skill.name}（{skill.level.label}）" for skill in skills[each.id])
                    or "未登记",
                    "term": spelling.span(each.valid_from, each.valid_to),
                    "review": each.review.label,
                }
                for each in people
            ],
        },
        title=f"维护人员名册（{contract.number}）",
        head=(f"合同：{contract.title}",),
        covers_on=day,
        sources=(("维护人员", f"/admin/staff/?contract={contract.id}"),),
    )


def _change(row: Replacement, contract: Contract) -> dict[str, str]:
    return {
        "number": row.number,
        "contract": contract.number,
        "reason": row.reason.label,
        "state": row.state.label,
        "received_on": spelling.day(row.received_on),
        "effective_on": spelling.day(row.effective_on),
        "notice_by": spelling.day(row.notice_by) or "未约定",
        "days": f"{(row.effective_on - row.received_on).days} 天",
        "note": row.note or "无",
    }


def _judged(row: Replacement) -> dict[str, str]:
    return {
        "comparison": row.comparison or "无",
        "ability": row.ability.label,
        "judge": row.judged_by_name or "待判断",
        "remark": row.judge_remark or "无",
        "breaches": "、".join(Breach(each).label for each in row.breaches) or "无",
    }


def _person(person: Maintainer, which: str) -> dict[str, str]:
    return {
        "which": which,
        "name": person.name,
        "role": person.role,
        "years": f"{person.experience_years} 年",
        "experience": person.experience,
        "term": spelling.span(person.valid_from, person.valid_to),
    }


_WHO = {"name": "唐川", "role": "运维工程师", "years": "5 年", "term": "2025年3月4日起"}
for _kind in (
    Kind(NOTICE, "人员变更通知书", "RYBG", "replacement", NOTICE_FORM, compose_notice, view=Permission.STAFF_VIEW,
         group="人员",
         sample={"change": {"number": "GH-2025-0001", "contract": "ZK-YW-2025-01", "reason": "调岗", "state": "已生效",
                            "received_on": "2025年7月1日", "effective_on": "2025年8月1日",
                            "notice_by": "2025年7月2日", "days": "31 天", "note": ""},
                 "people": [{"which": "原人员", "experience": "小程序运维", **_WHO}],
                 "judged": {"comparison": "经验相当", "ability": "不低于原人员", "judge": "周敏", "remark": "同意",
                            "breaches": "无"}}),
    Kind(ROSTER, "维护人员名册", "RYMC", "contract", ROSTER_FORM, compose_roster, view=Permission.STAFF_VIEW,
         group="人员",
         sample={"facts": {"contract": "ZK-YW-2025-01", "on": "2025年12月31日", "required": "不少于 3 年"},
                 "people": [{"skills": "小程序（熟练）", "review": "同意", **_WHO}]}),
):  # fmt: skip
    documents.register(_kind)
