"""What other rooms have to say about a contract, for its page and its clauses: as far as the actor may see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType

from server.admin.navigation import url_if
from server.core import clock, db
from server.domain import contracts, deliverables, duty, payments, records, staffing, tickets
from server.domain.contracts import Contract
from server.domain.deliverables import State
from server.domain.identity import Actor, Permission
from server.domain.payments import MilestoneState
from server.domain.records import CompletionFilters, CompletionState

MOST = 6
AHEAD = timedelta(days=14)
# A last day ends at 24:00, which is the next day's first moment.
INSTANT = timedelta(microseconds=1)
PAPER_TONES = {State.LATE: "red", State.DUE_SOON: "amber", State.HANDED_IN: "blue", State.RETURNED: "amber"}
MONEY_TONES = {MilestoneState.LATE: "red", MilestoneState.DUE: "amber", MilestoneState.PAID: "green"}
NOTICE_TONES = {
    CompletionState.ACCEPTED: "green",
    CompletionState.DEEMED: "violet",
    CompletionState.REJECTED: "red",
    CompletionState.RECEIVED: "amber",
}


@dataclass(frozen=True)
class LiveRow:
    """One line: what it is, where it leads, its state as a mark, and a note."""

    text: str
    url: str = ""
    mark: str = ""
    tone: str = "gray"
    note: str = ""


@dataclass(frozen=True)
class LiveCard:
    """What one room has to say; ``empty`` is said where it has nothing."""

    key: str
    title: str
    rows: list[LiveRow]
    url: str
    empty: str


def cards_for(actor: Actor, contract: Contract, concerns: Iterable[str]) -> list[LiveCard]:
    """The cards for some paths of the terms (``response``, ``deliverables.weekly``), each once, only what may be seen."""
    found: dict[str, LiveCard] = {}
    for path in concerns:
        head, _, key = path.partition(".")
        permission, make = MAKERS.get(head, (None, None))
        if make is None or permission is None or not actor.may(permission, contract.id):
            continue
        card = make(actor, contract, key)
        found.setdefault(f"{card.key}.{key}" if head == "deliverables" else card.key, card)
    return list(found.values())


def all_cards(actor: Actor, contract: Contract) -> list[LiveCard]:
    """Every card there is about a contract, and which of its days have moved."""
    return [*cards_for(actor, contract, MAKERS), *_moved(actor, contract)]


def _desk(actor: Actor, contract: Contract, _: str) -> LiveCard:
    counts = next((each for each in tickets.board(actor).contracts if each.contract_id == contract.id), None)
    rows = []
    if counts is not None:
        rows.append(LiveRow("在办工单", mark=f"{counts.active} 件", tone="blue"))
        rows.append(LiveRow("已超时", mark=f"{counts.late} 件", tone="red" if counts.late else "green"))
        rows.append(LiveRow("即将到期", mark=f"{counts.due_soon} 件", tone="amber" if counts.due_soon else "gray"))
    return LiveCard("desk", "工单", rows, url_if("tickets.index", contract=contract.id), "没有归入本合同的在办工单")


def _papers(actor: Actor, contract: Contract, key: str) -> LiveCard:
    today = clock.today()
    found = [
        each
        for each in deliverables.standing(actor, contract.id)
        if (not key or each.expected.key == key) and (each.owed or each.awaits_signature)
    ]
    near = [
        each for each in found if each.state is not State.UPCOMING or (each.expected.due_on or today) <= today + AHEAD
    ]
    rows = [
        LiveRow(
            f"{each.expected.title} {each.expected.period}".strip(),
            mark=each.state.label,
            tone=PAPER_TONES.get(each.state, "gray"),
            note=f"{each.expected.due_on} 前" if each.expected.due_on else each.expected.note,
        )
        for each in near[:MOST]
    ]
    more = [LiveRow(f"另有 {len(near) - MOST} 份")] if len(near) > MOST else []
    return LiveCard(
        "papers", "交付物", rows + more, url_if("deliverables.index", contract=contract.id), "近期没有待交的"
    )


def _money(actor: Actor, contract: Contract, key: str) -> LiveCard:
    rows = []
    for each in payments.plan_of(actor, contract.id):
        if key and each.milestone.key != key:
            continue
        late = f"，逾期违约金测算 ¥{each.late.amount:,.2f}" if each.late is not None and each.late.amount else ""
        due = f"应于 {each.due_on} 前付" if each.due_on else each.words
        note = f"未付 ¥{each.unpaid:,.2f}，{due}{late}"
        tone = MONEY_TONES.get(each.state, "gray")
        rows.append(LiveRow(each.milestone.title, mark=each.state.label, tone=tone, note=note))
    return LiveCard("money", "付款", rows, url_if("payments.plan", contract_id=contract.id), "没有付款节点")


def _moved(actor: Actor, contract: Contract) -> list[LiveCard]:
    """The days that a corrected calendar, changed terms or late papers have moved, the newest first."""
    moves: list[tuple[datetime, LiveRow]] = []
    if actor.may(Permission.PAYMENT_VIEW, contract.id):
        titles = {each.key: each.title for each in contracts.terms_of(contract.id).milestones}
        for due in payments.changes_of(contract.id):
            name = f"“{titles.get(due.milestone, due.milestone)}”付款到期日"
            moves.append((due.at, _move(name, due.before_on, due.after_on, due.reason)))
    if actor.may(Permission.DELIVERABLE_VIEW, contract.id):
        for each in deliverables.moves_of(actor, contract.id, most=MOST):
            before, after = _last_day(each.row.before_at), _last_day(each.row.after_at)
            moves.append((each.row.moved_at, _move(f"{each.title}（{each.period}）", before, after, each.row.reason)))
    rows = [row for _, row in sorted(moves, key=lambda move: move[0], reverse=True)[:MOST]]
    return [LiveCard("moved", "日期的变动", rows, "", "还没有日期变动过")] if moves else []


def _last_day(moment: datetime | None) -> date | None:
    return None if moment is None else clock.local_day(moment - INSTANT)


def _move(what: str, before: date | None, after: date | None, reason: str) -> LiveRow:
    shown = [day.isoformat() if day else "待定" for day in (before, after)]
    return LiveRow(what, mark=" → ".join(shown), tone="amber", note=reason)


def _notices(actor: Actor, contract: Contract, _: str) -> LiveCard:
    query = records.matching(actor, CompletionFilters(contract_id=contract.id)).limit(MOST)
    rows = [
        LiveRow(
            f"{each.number} {each.title}",
            url_if("acceptances.show", completion_id=each.id),
            each.state.label,
            NOTICE_TONES.get(each.state, "gray"),
            f"{each.due_on} 24:00 前验收" if each.due_on and each.state is CompletionState.RECEIVED else "",
        )
        for each in db.session().scalars(query)
    ]
    return LiveCard("notices", "完工与验收", rows, url_if("acceptances.index", contract=contract.id), "没有完工通知")


def _people(_actor: Actor, contract: Contract, _: str) -> LiveCard:
    rows = [
        LiveRow(each.name, url_if("staff.show", maintainer_id=each.id), each.role, "gray", f"自 {each.valid_from}")
        for each in staffing.staff_on(contract.id, clock.today())
    ]
    return LiveCard(
        "people", "今天在岗的维护人员", rows, url_if("staff.index", contract=contract.id), "今天没有登记在岗人员"
    )


def _duty(_actor: Actor, contract: Contract, _: str) -> LiveCard:
    today = clock.today()
    rows = [
        LiveRow(
            f"{clock.to_local(gap.starts_at):%m-%d %H:%M} 至 {clock.to_local(gap.ends_at):%m-%d %H:%M} 无人值守",
            mark="空档",
            tone="red" if gap.owed else "amber",
        )
        for gap in duty.gaps(contract.id, today, today + AHEAD)[:MOST]
    ]
    return LiveCard("duty", "值班", rows, url_if("duty.index", contract=contract.id), "未来两周值班没有空档")


Maker = Callable[[Actor, Contract, str], LiveCard]
MAKERS: Mapping[str, tuple[Permission, Maker]] = MappingProxyType(
    {
        "response": (Permission.TICKET_VIEW, _desk),
        "on_site": (Permission.TICKET_VIEW, _desk),
        "acceptance": (Permission.ACCEPTANCE_VIEW, _notices),
        "deliverables": (Permission.DELIVERABLE_VIEW, _papers),
        "milestones": (Permission.PAYMENT_VIEW, _money),
        "fee": (Permission.PAYMENT_VIEW, _money),
        "replacement": (Permission.STAFF_VIEW, _people),
        "duty": (Permission.DUTY_VIEW, _duty),
    }
)
