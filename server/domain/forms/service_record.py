"""运维服务记录单 (A16, domain.md §5.1): the paper of one service, written from what is on record."""

from __future__ import annotations

import uuid
from datetime import datetime

from server.core import clock, spelling
from server.core.errors import Conflict
from server.core.logs import redact
from server.domain import calendar, documents, tickets
from server.domain.calendar import CalendarMissing
from server.domain.documents import Draft, Kind
from server.domain.forms.rules import SERVICE_RECORD
from server.domain.forms.service import Service, gather
from server.domain.forms.service_record_form import FORM, SAMPLE
from server.domain.identity import Actor, ActorKind
from server.domain.tickets import Basis, ClockKind, EventKind, Ticket, TicketState

SUBJECT = "ticket"
READY = frozenset({TicketState.RESOLVED, TicketState.CLOSED})
# What was done, as against what was merely handed about.
HANDLED = (
    EventKind.RESPONDED,
    EventKind.STARTED,
    EventKind.WAITED,
    EventKind.FED_BACK,
    EventKind.DISPATCHED,
    EventKind.ANALYSED,
    EventKind.REOPENED,
    EventKind.RESOLVED,
)
ON_SITE = (
    EventKind.DISPATCHED,
    EventKind.ARRIVED,
    EventKind.ARRIVAL_SIGNED,
    EventKind.ANALYSED,
    EventKind.CONSENT_ASKED,
    EventKind.CONSENTED,
    EventKind.CONSENT_REFUSED,
)
MOST_LINES = 12


class NotServed(Conflict):
    """There is nothing to record yet: the ticket is not solved."""

    code = "service_not_solved"
    message = "工单尚未解决，不能出具服务记录单。"


def compose(actor: Actor, ticket_id: uuid.UUID) -> Draft:
    """A solved ticket's record. TicketNotFound for a foreign one, NoContract, NotServed."""
    service = gather(actor, ticket_id)
    ticket, contract = service.ticket, service.contract
    if ticket.state not in READY or ticket.resolved_at is None:
        raise NotServed
    return Draft(
        contract_id=contract.id,
        subject_id=ticket.id,
        content={
            "service": _request(actor, service),
            "work": _work(service),
            # what there was none of takes no room: most services are neither, and are to stand on one page
            **{key: rows for key, rows in (("on_site", _on_site(service)), ("remote", _remote(service))) if rows},
        },
        title=f"运维服务记录单（{ticket.number}）",
        head=(f"合同：{contract.title}（{contract.number}）",),
        covers_on=clock.local_day(ticket.resolved_at),
        sources=((f"工单 {ticket.number}", f"/admin/tickets/{ticket.id}"),),
    )


KIND = documents.register(
    Kind(
        code=SERVICE_RECORD,
        label="运维服务记录单",
        prefix="FWJL",
        subject_kind=SUBJECT,
        form=FORM,
        compose=compose,
        group="服务",
        sample=SAMPLE,
        subjects=documents.dated(Ticket.id, Ticket.contract_id, Ticket.resolved_at),
    )
)


def _request(actor: Actor, service: Service) -> dict[str, str]:
    ticket, contract = service.ticket, service.contract
    return {
        "ticket": ticket.number,
        "contract": contract.number,
        "client": contract.bureau_name,
        "contact": _contact(actor, service),
        "received_at": spelling.moment(ticket.received_at),
        "channel": ticket.channel.label,
        "kind": ticket.kind.label,
        "severity": ticket.severity.label + ("（业务中断）" if ticket.business_stopped else ""),
        "working_day": _day_of_receipt(service),
        "scope": ticket.scope.label,
        **_clock(service, ClockKind.RESPONSE, "response"),
        **_clock(service, ClockKind.ON_SITE, "on_site"),
    }


def _contact(actor: Actor, service: Service) -> str:
    """Masked, whoever issues it: the paper goes through many hands."""
    known = tickets.contact_of(actor, service.ticket.id)
    if known is not None:
        return f"{known.name}（{known.phone}）" if known.name and known.phone else known.name or known.phone
    reported = {ActorKind.CITIZEN: "小程序用户", ActorKind.ANONYMOUS: "匿名用户", ActorKind.SYSTEM: "系统自动上报"}
    return reported.get(service.ticket.opened_by_kind, "未登记")


def _day_of_receipt(service: Service) -> str:
    day = clock.local_day(service.ticket.received_at)
    try:
        told = calendar.load().day(day).kind.label
    except CalendarMissing:
        return "日历未维护"
    return f"{told}（星期{'一二三四五六日'[day.weekday()]}）"


def _clock(service: Service, kind: ClockKind, name: str) -> dict[str, str]:
    found = service.clocks.get(kind)
    if found is None:
        return {f"{name}_due": "不涉及", f"{name}_at": "不涉及"}
    due = spelling.moment(found.due_at) if found.basis is Basis.AGREED else found.basis.label
    at = spelling.moment(found.met_at) or "无记录"
    if found.met_at and found.due_at:
        at += "（超时）" if found.met_at > found.due_at else "（按时）"
    return {f"{name}_due": due, f"{name}_at": at}


def _work(service: Service) -> dict[str, str]:
    ticket = service.ticket
    text = redact(ticket.text)
    headline = redact(ticket.title)
    return {
        "symptom": text if text.startswith(headline.rstrip("…")) else f"{headline}：{text}",
        "cause": service.cause or "无",
        "handling": _handling(service),
        "result": redact(service.result),
        "left_over": service.left_over,
        "used": service.used,
        "people": _people(service),
        "hours": f"{service.hours.normalize():f} 小时",
        "solved_at": spelling.moment(ticket.resolved_at),
        "acceptance": _acceptance(service),
        "satisfaction": f"{ticket.stars} 星" if ticket.stars else "未评价",
    }


def _handling(service: Service) -> str:
    """The steps in order, each with its hour; of a long story its beginning and its end."""
    lines = [line for line in service.log if line.kind in HANDLED]
    told = [
        f"{clock.to_local(line.at):%-m月%-d日 %H:%M} {line.kind.label}"
        + (f"：{redact(line.text)}" if line.text else "")
        for line in lines
    ]
    if len(told) <= MOST_LINES:
        return "\n".join(told)
    half = MOST_LINES // 2
    return "\n".join([*told[:half], f"（中间 {len(told) - 2 * half} 步从略，见工单记录）", *told[-half:]])


def _people(service: Service) -> str:
    served = [line.actor_name for line in service.log if line.by_vendor and line.actor_name]
    served += [each.who for each in service.sessions]
    return "、".join(dict.fromkeys(served)) or service.ticket.assignee_name


def _acceptance(service: Service) -> str:
    if not service.completions:
        return "无需验收"
    last = service.completions[-1]
    on = f"（{spelling.day(last.accepted_on)}）" if last.accepted_on else ""
    return f"{last.number} {last.state.label}{on}"


def _on_site(service: Service) -> list[dict[str, str]]:
    return [
        {
            "at": spelling.moment(line.at),
            "what": line.kind.label,
            "who": line.actor_name or line.actor_kind.label,
            "text": redact(line.text),
        }
        for line in service.log
        if line.kind in ON_SITE
    ]


def _remote(service: Service) -> list[dict[str, str]]:
    return [
        {
            "number": each.number,
            "span": f"{spelling.moment(each.started_at)}至{_end(each.ended_at)}",
            "channel": each.channel.label,
            "who": each.who,
            "from_where": f"{each.from_where}（{each.account}）" if each.account else each.from_where,
            "text": "：".join(part for part in (each.purpose, each.work) if part),
        }
        for each in service.sessions
    ]


def _end(at: datetime | None) -> str:
    return "进行中" if at is None else f"{clock.to_local(at):%H:%M}"
