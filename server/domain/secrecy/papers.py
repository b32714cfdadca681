"""What the room puts on paper: 登记表, 保密承诺书, 安全承诺书, 技术成果移交清单, 网络安全事件报告 (domain.md §5.1)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from server.core import clock, spelling
from server.core.db import session
from server.core.errors import Conflict
from server.domain import contracts, documents
from server.domain.documents import Draft, Kind, Side
from server.domain.identity import Actor, Permission
from server.domain.secrecy import access, forms, incidents, log
from server.domain.secrecy.handovers import assets_of
from server.domain.secrecy.models import Asset, Handover, Incident, Promise, SecrecyItem
from server.domain.secrecy.queries import ItemFilters, items_matching
from server.domain.secrecy.vocabulary import (
    EventKind,
    HandoverState,
    ItemState,
    Level,
    PromiseKind,
    PromiseState,
    Told,
    UseState,
)

GROUP = "保密与安全"
NOT_CONCERNED = "不涉及"
STEPS = frozenset(
    {
        EventKind.STEP,
        EventKind.NOTIFIED,
        EventKind.REPORTED,
        EventKind.CONTAINED,
        EventKind.CHANGED,
        EventKind.CLOSED,
    }
)
_UNTIL = {PromiseKind.PERSON: "至合同终止或离岗", PromiseKind.VENDOR: "至合同终止"}
_OPENING = {
    PromiseKind.PERSON: "本人参加“{title}”的服务，已了解有关法律法规和甲方的保密要求，现郑重承诺：",
    PromiseKind.VENDOR: "本单位承担“{title}”的服务，为保障网络安全和数据安全，现郑重承诺：",
}


class NothingToPaper(Conflict):
    """The matter is not so far that a paper could tell of it."""

    code = "secrecy_paper_not_ready"
    message = "尚不能出具该文书。"


def compose_register(actor: Actor, contract_id: uuid.UUID) -> Draft:
    """The register of a contract as it stands today; withdrawn entries are left out."""
    access.begin(actor, Permission.SECRECY_VIEW, contract_id)
    query = items_matching(actor, ItemFilters(contract_id=contract_id)).where(SecrecyItem.state != ItemState.WITHDRAWN)
    rows = list(session().scalars(query.order_by(None).order_by(SecrecyItem.number)))
    held = [row for row in rows if row.state is ItemState.HELD]
    undeclared = sum(row.level is Level.UNDECLARED for row in held)
    content = {
        "facts": {
            "as_of": spelling.day(clock.today()),
            "count": f"登记 {len(rows)} 项，持有 {len(held)} 项，未申报密级 {undeclared} 项",
        },
        "items": [_item(row) for row in rows],
        "note": "未申报密级的资料按“内部”对待。属于国家秘密的只登记名称，资料本身不得进入本系统。",
    }
    return _draft(actor, contract_id, contract_id, content, clock.today(), "/admin/secrecy/")


def compose_promise(actor: Actor, promise_id: uuid.UUID) -> Draft:
    """A promise in the words of its version."""
    promise = access.find(actor, Promise, promise_id)
    if promise.state is PromiseState.ENDED:
        raise NothingToPaper("承诺书已终止，不能出具。")
    contract = contracts.find(actor, promise.contract_id)
    until = f"至 {spelling.day(promise.valid_until)}" if promise.valid_until else _UNTIL[promise.kind]
    content = {
        "facts": {
            "number": promise.number,
            "version": promise.text_version,
            "name": promise.name,
            "role": promise.role,
            "valid": f"自签署之日起{until}；保密义务在此后继续有效",
        },
        "opening": _OPENING[promise.kind].format(title=contract.title),
        "words": promise.words,
    }
    covers = promise.signed_on or clock.today()
    return _draft(actor, promise.contract_id, promise.id, content, covers, f"/admin/secrecy/promises/{promise.id}")


def compose_handover(actor: Actor, handover_id: uuid.UUID) -> Draft:
    """A list that was handed over, with its hashes."""
    row = access.find(actor, Handover, handover_id)
    if row.state in (HandoverState.DRAFT, HandoverState.REFUSED) or row.delivered_on is None:
        raise NothingToPaper("成果尚未移交，不能出具移交清单。")
    received = "待接收"
    if row.state is HandoverState.ACCEPTED:
        received = f"{row.decided_by_name} {spelling.day(row.decided_on)}接收"
    use = row.use_state.label + (f"：{row.use_purpose}" if row.use_state is not UseState.NONE else "")
    content = {
        "facts": {
            "number": row.number,
            "delivered": spelling.day(row.delivered_on),
            "title": row.title,
            "by": row.delivered_by_name,
            "received": received,
            "use": use,
        },
        "assets": [_asset(each) for each in assets_of(row.id)],
        "note": "移交成果归甲方所有，乙方仅为履行合同使用；用于其他目的须经甲方书面同意。"
        "任何人可用 SHA-256 校验值核对收到的文件与清单是否一致。",
    }
    return _draft(actor, row.contract_id, row.id, content, row.delivered_on, f"/admin/secrecy/handovers/{row.id}")


def compose_incident(actor: Actor, incident_id: uuid.UUID) -> Draft:
    """An incident as far as it is known: the report may go out before it is over, and be corrected afterwards."""
    row = access.find(actor, Incident, incident_id)
    events = log.events_of(row.id)
    told = [event for event in events if event.data.get("whom") == Told.PERSONS.value]
    persons = "；".join(f"{spelling.moment(event.at)} {event.text}" for event in told) or row.harmless_reason
    content = {
        "facts": {
            "number": row.number,
            "state": row.state.label,
            "title": row.title,
            "kind": row.kind.label,
            "grade": row.grade.label,
            "found": spelling.moment(row.discovered_at),
            "by": row.discovered_by,
            "systems": row.systems,
            "due": spelling.moment(row.due_at) or "该级别未要求上报",
            "reported": spelling.moment(row.reported_at) or "未上报",
            "to": row.reported_to or row.authority,
            "kept": incidents.in_words(row),
            "rule": f"发现后 {row.hours} 小时内；{row.source}",
        },
        "symptom": row.symptom,
        "impact": row.impact,
        "persons": {
            "leak": spelling.yes_no(row.leak),
            "count": NOT_CONCERNED
            if not row.leak
            else ("待查" if row.persons_count is None else f"{row.persons_count} 人"),
            "kinds": row.data_kinds if row.leak else NOT_CONCERNED,
            "told": (persons or "尚未通知") if row.leak else NOT_CONCERNED,
        },
        "steps": [
            {"at": spelling.moment(event.at), "who": event.actor_name, "what": event.text}
            for event in sorted(events, key=lambda event: (event.at, event.seq))
            if event.kind in STEPS
        ],
        "cause": row.cause,
        "measures": row.measures,
        "review": row.review,
    }
    covers = clock.local_day(row.discovered_at)
    return _draft(actor, row.contract_id, row.id, content, covers, f"/admin/secrecy/incidents/{row.id}")


def may_issue_promise(promise: Promise) -> bool:
    """Whether a promise can be put on paper."""
    return promise.state is not PromiseState.ENDED


def offer() -> None:
    """Make the room's papers known."""
    both, vendor = (Side.VENDOR, Side.BUREAU), (Side.VENDOR,)
    for code, label, prefix, subject, form, compose, sides in (
        (forms.REGISTER, "涉密、敏感资料登记表", "BMDJ", "contract", forms.REGISTER_FORM, compose_register, both),
        (forms.PERSON, "保密承诺书", "BMCN", "promise", forms.PERSON_FORM, compose_promise, vendor),
        (forms.VENDOR, "安全承诺书", "AQCN", "promise", forms.VENDOR_FORM, compose_promise, vendor),
        (forms.HANDOVER, "技术成果移交清单", "CGYJ", "handover", forms.HANDOVER_FORM, compose_handover, both),
        (forms.INCIDENT, "网络安全事件报告", "AQSJ", "incident", forms.INCIDENT_FORM, compose_incident, both),
    ):
        documents.register(
            Kind(
                code=code,
                label=label,
                prefix=prefix,
                subject_kind=subject,
                form=form,
                compose=compose,
                sides=sides,
                view=Permission.SECRECY_VIEW,
                group=GROUP,
                sample=forms.SAMPLES[code],
            )
        )


def _draft(
    actor: Actor, contract_id: uuid.UUID, subject_id: uuid.UUID, content: Mapping[str, Any], covers: date, at: str
) -> Draft:
    contract = contracts.find(actor, contract_id)
    return Draft(
        contract_id=contract.id,
        subject_id=subject_id,
        content=content,
        head=(
            f"合同：{contract.number} {contract.title}",
            f"甲方：{contract.bureau_name}　乙方：{contract.vendor_name}",
        ),
        covers_on=covers,
        sources=(("保密与安全", at),),
    )


def _item(row: SecrecyItem) -> dict[str, str]:
    ended = row.state.label
    if row.ended_on is not None:
        ended = f"{spelling.day(row.ended_on)}{ended}，{row.proof}" + (f"，见证人{row.witness}" if row.witness else "")
    return {
        "number": row.number,
        "item": row.item + (f"（编号 {row.serials}）" if row.serials else ""),
        "level": row.level.label,
        "carrier": f"{row.carrier.label} {row.copies} 份",
        "holder": row.holder,
        "handed_on": spelling.day(row.handed_on),
        "purpose": row.purpose,
        "due": spelling.day(row.due_back_on),
        "end": ended,
    }


def _asset(asset: Asset) -> dict[str, str]:
    return {
        "kind": asset.kind.label,
        "name": asset.name,
        "version": " ".join(part for part in (asset.version, asset.snapshot) if part),
        "file": asset.file_name,
        "sha256": asset.sha256,
    }
