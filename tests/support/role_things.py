"""What the walk over all routes finds under the contract: one of each thing of the desk, of money, people and duty."""

from __future__ import annotations

import uuid
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain import (
    agenda,
    contracts,
    deliverables,
    duty,
    knowledge,
    payments,
    records,
    referrals,
    secrecy,
    staffing,
    tickets,
    training,
    upkeep,
)
from server.domain.contracts import Contract
from server.domain.deliverables import DeliveryVersion
from server.domain.duty import Pattern, Someone
from server.domain.identity import SCHEDULER, Actor
from server.domain.knowledge import Audience
from server.domain.payments import MatterKind, Subject
from server.domain.records import ReceiptKind
from server.domain.referrals import DatabaseCard
from server.domain.staffing import File, SubjectKind
from tests.factories import contracts as signed
from tests.factories import identity as people
from tests.factories import records as works
from tests.factories import referrals as sheets
from tests.factories import secrecy as secrets
from tests.factories import training as courses
from tests.factories import upkeep as kept
from tests.support import role_papers

PDF = b"%PDF-1.4\n%%EOF\n"


def things(contract_id: uuid.UUID, picture_ticket: uuid.UUID) -> dict[str, Any]:
    """One of each, by the name that it has in addresses; where two page groups share a name, with the group's."""
    contract = session().get_one(Contract, contract_id)
    lin, zhou = people.actor("lin"), people.actor("zhou")
    zheng, tong = people.actor("zheng"), people.actor("tong")
    found = (
        _desk(contract, lin, zheng, picture_ticket)
        | _works(contract, zheng, lin)
        | _secrets(contract, zheng)
        | _upkept(contract, zheng)
        | _money(contract, lin, zhou, tong)
        | _staff(contract, tong)
        | _trainings(contract, zheng)
        | _duty(contract, tong, zheng)
        | _papers(contract, zhou, zheng)
    )
    return found | role_papers.things(contract, found["supplement_id"], zhou, zheng)


def _desk(contract: Contract, lin: Actor, zheng: Actor, ticket_id: uuid.UUID) -> dict[str, Any]:
    article = knowledge.draft(
        zheng, title="怎样升级", body="在我的页面点升级。", audience=Audience.STAFF, contract_id=contract.id
    )
    knowledge.publish(lin, article.id)
    sheet = sheets.sheet(contract, ticket_id=ticket_id)
    paper = referrals.add_paper(lin, sheet.id, name="报错.pdf", raw=PDF)
    card = DatabaseCard(name="前置库", keeper="市数据局")
    public = knowledge.draft(lin, title="怎样更新", body="退出后重进。", audience=Audience.CITIZENS)
    knowledge.publish(lin, public.id)
    return {
        "article_id": article.id,
        "knowledge.id": public.id,
        "text_id": tickets.save_text(lin, title="已收到", text="您好，已收到。", shared=True).id,
        "sheet_id": sheet.id,
        "paper_id": paper.id,
        "requirement_id": sheets.requirement(contract).id,
        "application_id": sheets.application(contract).id,
        "liaison_id": sheets.liaison(contract).id,
        "database_id": referrals.note_database(SCHEDULER, card, contract_id=contract.id).id,
        "referral_sheets.name": "send",
        "referral_requirements.name": "forward",
        "referral_applications.name": "submit",
    }


def _works(contract: Contract, zheng: Actor, lin: Actor) -> dict[str, Any]:
    completion = works.notice(contract, zheng, uploads=[records.take_paper(name="照片.pdf", raw=PDF)])
    receipt = records.claim_receipt(
        zheng, completion.id, received_at=clock.now(), by="林岚", kind=ReceiptKind.PAPER, evidence="纸质签收单在档"
    )
    return {
        "completion_id": completion.id,
        "receipt_id": receipt.id,
        "file_id": records.files_of([completion.id])[0].id,
        "material_id": works.material(
            contract, zheng, requested_on=clock.today(), due_on=clock.today() + timedelta(days=3)
        ).id,
        "records.session_id": works.remote(contract, zheng).id,
        "record_steps.session_id": works.remote(contract, zheng).id,
        "step": "deliver",
    }


def _secrets(contract: Contract, zheng: Actor) -> dict[str, Any]:
    results = secrets.handover(zheng, contract)
    return {
        "secrecy.item_id": secrets.item(zheng, contract).id,
        "secrecy.step": "pass-on",
        "promise_id": secrets.promise(zheng, contract, "方圆").id,
        "secrecy_promises.step": "sign",
        "handover_id": results.id,
        "asset_id": secrecy.assets_of(results.id)[0].id,
        "secrecy_handovers.step": "add",
        "incident_id": secrets.incident(zheng, contract).id,
        "secrecy_incidents.step": "step",
    }


def _upkept(contract: Contract, zheng: Actor) -> dict[str, Any]:
    paper = upkeep.take_paper(name="截图.pdf", raw=PDF)
    work = upkeep.note_work(zheng, contract.id, kept.work_draft(), uploads=[paper])
    sheet, plan = kept.begun(contract, zheng), kept.plan(contract, zheng)
    return {
        "upkeep.sort": "works",
        "upkeep_entry.sort": "works",
        "upkeep.entry_id": work.id,
        "upkeep_entry.entry_id": work.id,
        "upkeep.file_id": upkeep.files_of([work.id])[0].id,
        "upkeep_exports.what": "works",
        "upkeep_exports.form": "csv",
        "inspection_id": sheet.id,
        "inspection_steps.item_id": upkeep.items_of(sheet)[0].id,
        "finding_id": kept.finding(sheet, zheng).id,
        "inspection_steps.step": "cancel",
        "contingency.plan_id": plan.id,
        "contingency.step": "drill",
        "drill_id": upkeep.drill(zheng, plan.id, kept.drill_draft()).id,
    }


def _money(contract: Contract, lin: Actor, zhou: Actor, tong: Actor) -> dict[str, Any]:
    owed = payments.plan_of(lin, contract.id)[0]
    penalty = next(each for each in contracts.terms_of(contract.id).penalties if each.per.value == "event")
    application = payments.apply(
        tong, contract_id=contract.id, milestone=owed.milestone.key, amount=owed.unpaid, basis="按合同约定申请支付"
    )
    today = clock.today()
    return {
        "milestone": owed.milestone.key,
        "payment.key": application.id,
        "payees.key": payments.propose_payee(
            tong, contract.id, name="云桥软件有限公司", bank="临江银行", account="6222000011112222", reason="更换开户行"
        ).id,
        "payments.file_id": payments.attach(tong, Subject.APPLICATION, application.id, name="申请单.pdf", raw=PDF).id,
        "penalties.key": payments.open_claim(
            zhou, contract_id=contract.id, penalty_key=penalty.key, event="停用", occurred_on=today, facts="停用一小时"
        ).id,
        "rectification.key": payments.order(
            zhou, contract_id=contract.id, facts="巡检缺失", demands="补做巡检", due_on=today + timedelta(days=5)
        ).id,
        "matters.key": payments.open_matter(
            zhou,
            contract_id=contract.id,
            kind=MatterKind.DISPUTE,
            title="范围分歧",
            facts="双方理解不同。",
            occurred_on=today,
        ).id,
    }


def _trainings(contract: Contract, zheng: Actor) -> dict[str, Any]:
    """A training that was held, with somebody there, a paper, and a template made of it."""
    start = clock.now() - timedelta(minutes=90)
    row = courses.held(contract, zheng, planned_start=start, planned_end=start + timedelta(minutes=60))
    (kept,) = training.add_files(
        zheng, row.id, kind=training.FileKind.MATERIAL, uploads=[training.take_paper(name="讲义.pdf", raw=PDF)]
    )
    return {
        "training_id": row.id,
        "training_steps.take.step": "attend",
        "training_steps.move.step": "close",
        "attendance_id": training.attendance_of(row.id)[0].id,
        "training_steps.file_id": kept.id,
        "trainings.template_id": training.keep_as_template(zheng, row.id, name="年报课").id,
        "trainings.id": row.id,
    }


def _staff(contract: Contract, tong: Actor) -> dict[str, Any]:
    maintainer = staffing.assign(
        tong,
        contract_id=contract.id,
        name="郑一鸣",
        role="驻场工程师",
        experience_from=date(2015, 7, 1),
        valid_from=contract.starts_on,
        experience="十年运维经历。",
    )
    staffing.off_board(tong, maintainer.id, on=contract.ends_on)
    paper = staffing.add_paper(tong, SubjectKind.MAINTAINER, maintainer.id, file=File("证明.pdf", PDF))
    leaving = staffing.assign(
        tong,
        contract_id=contract.id,
        name="方圆",
        role="驻场工程师",
        experience_from=date(2015, 7, 1),
        valid_from=contract.starts_on,
        experience="十年运维经历。",
    )
    replacement = staffing.notify_replacement(
        tong,
        maintainer_id=leaving.id,
        reason=staffing.Reason.RESIGNED,
        received_on=clock.today(),
        effective_on=min(clock.today() + timedelta(days=40), contract.ends_on),
    )
    subcontract = staffing.request_subcontract(
        tong,
        contract_id=contract.id,
        party="短信服务公司",
        scope="验证码短信",
        reason="自建不经济",
        starts_on=max(clock.today(), contract.starts_on),
        ends_on=contract.ends_on,
    )
    return {
        "maintainer_id": maintainer.id,
        "document_id": paper.id,
        "replacement_id": replacement.id,
        "subcontract_id": subcontract.id,
        "item": "data",
    }


def _duty(contract: Contract, tong: Actor, zheng: Actor) -> dict[str, Any]:
    duty.set_line(tong, contract_id=contract.id, hotline="0000-12345678", owed=True)
    duty.plan_rotation(
        tong,
        contract_id=contract.id,
        people=[Someone(name="郑一鸣", phone="13500000001"), Someone(name="方圆", phone="13500000002")],
        pattern=Pattern.WEEKLY,
        first=clock.today() - timedelta(days=7),
        last=clock.today() + timedelta(days=7),
        change_at=time(9),
    )
    shifts = duty.shifts_between(tong, clock.now(), clock.now() + timedelta(days=1))
    started_at = clock.now() - timedelta(hours=1)
    call = duty.log_call(
        zheng,
        contract_id=contract.id,
        number="13600001234",
        started_at=started_at,
        answered=False,
        ended_at=started_at + timedelta(minutes=1),
    )
    return {"shift_id": shifts[0].id, "call_id": call.id}


def _papers(contract: Contract, zhou: Actor, zheng: Actor) -> dict[str, Any]:
    delivery = deliverables.hand_in(
        zheng,
        contract_id=contract.id,
        key="plan",
        cycle_on=contract.starts_on,
        title="运维服务方案",
        file=deliverables.take_paper(name="方案.pdf", raw=PDF),
    )
    supplement = contracts.draft_supplement(
        zhou,
        contract.id,
        title="增加播报",
        reason="长辈版需要",
        changes={},
        amount=Decimal("3200.00"),
        scope="语音播报",
        effective_from=contract.ends_on,
    )
    draft = signed.contract_a(active=False)
    duty.watch(SCHEDULER)
    agenda.arm(SCHEDULER)
    return {
        "contract_entry.edit.contract_id": draft.id,
        "contract_entry.correct.contract_id": draft.id,
        "clause_id": contracts.terms_of(contract.id).clauses[0].id,
        "supplement_id": supplement.id,
        "deliverable.key": "plan",
        "cycle_on": contract.starts_on.isoformat(),
        "version_id": session().scalars(sa.select(DeliveryVersion.id).filter_by(delivery_id=delivery.id)).one(),
        "alert_id": agenda.alerts_for(zheng)[0].alert.id,
        "secret": "none",
    }
