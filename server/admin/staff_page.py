"""What the pages of maintainers show: the roster drawn over the term, and one person with everything about them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from flask import Response

from server.admin.forms import Form
from server.admin.pages import page
from server.admin.staff_forms import (
    AccountSchema,
    LeaveSchema,
    PaperSchema,
    ReviewSchema,
    SettleSchema,
    SkillsSchema,
    account_choices,
)
from server.core import clock
from server.core.db import session
from server.domain import contracts, identity, staffing
from server.domain.contracts import Contract, ContractState
from server.domain.identity import Actor, Permission
from server.domain.staffing import (
    Ability,
    Breach,
    CheckItem,
    Disposition,
    Maintainer,
    ReplacementState,
    Review,
    SubcontractState,
    SubjectKind,
)

TONES: Mapping[str, str] = MappingProxyType(
    {
        Review.PENDING: "amber",
        Review.AGREED: "green",
        Review.REFUSED: "red",
        Review.WITHDRAWN: "gray",
        ReplacementState.NOTIFIED: "blue",
        ReplacementState.EFFECTIVE: "green",
        Ability.NOT_LOWER: "green",
        Ability.LOWER: "red",
        SubcontractState.REQUESTED: "amber",
        SubcontractState.CONSENTED: "green",
        SubcontractState.REFUSED: "red",
        SubcontractState.ENDED: "gray",
    }
)
EVENT_ICONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "assigned": ("user-plus", "blue"),
        "reviewed": ("clipboard-check", "green"),
        "linked": ("link", "gray"),
        "skills_set": ("school", "gray"),
        "paper_added": ("paperclip", "gray"),
        "notified": ("news", "amber"),
        "substitute_named": ("user-check", "blue"),
        "judged": ("scale", "violet"),
        "withdrawn": ("arrow-back-up", "gray"),
        "replaced": ("switch-horizontal", "blue"),
        "breaches_moved": ("refresh", "amber"),
        "left": ("logout", "amber"),
        "access_ended": ("lock", "red"),
        "item_settled": ("check", "green"),
        "requested": ("send", "blue"),
        "decided": ("clipboard-check", "green"),
        "ended": ("ban", "gray"),
    }
)
# A month's name further right would be cut by the chart's edge.
LAST_MARK = 92
BOTH = (Permission.STAFF_MANAGE, Permission.STAFF_DECIDE)


@dataclass(frozen=True, slots=True)
class Bar:
    """Somebody's time on the roster, as parts of the contract's term in percent."""

    maintainer: Maintainer
    x: float
    width: float
    tone: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A contract's roster over its term; ``today`` is where now is, None outside the term."""

    contract: Contract
    bars: list[Bar]
    months: list[tuple[float, str]]
    today: float | None
    serving: int


def chart_of(contract: Contract, people: Sequence[Maintainer]) -> Chart:
    """Who was designated when, drawn from the term's first day to its last."""
    days = (contract.ends_on - contract.starts_on).days + 1
    today = clock.today()

    def part(day: date) -> float:
        return round(min(max((day - contract.starts_on).days, 0), days) * 100 / days, 2)

    bars = []
    for each in sorted(people, key=lambda row: (row.valid_from, row.name)):
        until = min(each.valid_to or contract.ends_on, contract.ends_on) + timedelta(days=1)
        tone = (
            "gone"
            if each.review in (Review.REFUSED, Review.WITHDRAWN)
            else ("wait" if each.review is Review.PENDING else "good")
        )
        bars.append(Bar(each, part(each.valid_from), max(part(until) - part(each.valid_from), 0.6), tone))
    inside = contract.starts_on <= today <= contract.ends_on
    return Chart(
        contract,
        bars,
        _months(contract, part),
        part(today) if inside else None,
        sum(each.serves_on(today) for each in people) if inside else 0,
    )


def _months(contract: Contract, part: object) -> list[tuple[float, str]]:
    """Every third month's beginning."""
    assert callable(part)  # noqa: S101 - a closure of chart_of
    marks: list[tuple[float, str]] = []
    year, month = contract.starts_on.year, contract.starts_on.month
    while (day := date(year, month, 1)) <= contract.ends_on:
        if day >= contract.starts_on and month % 3 == 1 and part(day) <= LAST_MARK:
            marks.append((part(day), f"{year}-{month:02d}"))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)  # noqa: PLR2004 - December
    return marks


def may_either(actor: Actor, contract_id: uuid.UUID) -> bool:
    """Whether the actor may change something about a contract's people."""
    return any(actor.may(each, contract_id) for each in BOTH)


def names_of(ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID, str]:
    """Accounts' names by id."""
    return dict(identity.officer_names({each for each in ids if each is not None}))


def show_person(
    actor: Actor, maintainer: Maintainer, *, tried: str = "", form: Form | None = None, status: int = 200
) -> Response:
    """One person's page; ``tried`` names the dialog that stays open with what was refused in ``form``."""
    contract = contracts.find(actor, maintainer.contract_id)
    leaving = staffing.off_boarding_of(maintainer.id)
    manages = actor.may(Permission.STAFF_MANAGE, contract.id) and contract.state is not ContractState.ENDED
    notices = [
        row
        for row in session().scalars(staffing.replacements_matching(actor, contract_id=contract.id))
        if maintainer.id in (row.maintainer_id, row.substitute_id)
    ]
    skills = staffing.skills_of([maintainer.id])[maintainer.id]
    forms = _forms(maintainer, skills)
    if form is not None:
        forms[tried] = form
    return page(
        "staff/show.html",
        status=status,
        maintainer=maintainer,
        contract=contract,
        account=names_of([maintainer.officer_id]).get(maintainer.officer_id) if maintainer.officer_id else None,
        papers=staffing.papers_of(SubjectKind.MAINTAINER, [maintainer.id])[maintainer.id],
        skills=skills,
        history=staffing.history_of(SubjectKind.MAINTAINER, [maintainer.id]),
        leaving=leaving,
        items=staffing.items_of(leaving.id) if leaving else [],
        notices=notices,
        serving=maintainer.serves_on(clock.today()),
        manages=manages,
        decides=actor.may(Permission.STAFF_DECIDE, contract.id),
        either=may_either(actor, contract.id),
        replaceable=manages
        and maintainer.review in staffing.STANDING
        and not any(
            row.maintainer_id == maintainer.id and row.state is not ReplacementState.WITHDRAWN for row in notices
        ),
        consent=staffing.find_subcontract(actor, maintainer.subcontract_id) if maintainer.subcontract_id else None,
        forms_of=forms,
        forms_choices=_dispositions,
        tried=tried,
        tones=TONES,
        icons=EVENT_ICONS,
        Breach=Breach,
    )


def _dispositions(item: CheckItem) -> list[tuple[str, str]]:
    """How an item of the checklist can end."""
    if item not in staffing.HOLDABLE:
        fit = [Disposition.OPEN, Disposition.DONE, Disposition.NONE]
    elif item is CheckItem.DATA:
        fit = [Disposition.OPEN, Disposition.RETURNED, Disposition.DESTROYED, Disposition.NONE]
    else:
        fit = list(Disposition)
    return [(each.value, each.label) for each in fit]


def _forms(maintainer: Maintainer, skills: Sequence[staffing.Skill]) -> dict[str, Form]:
    typed = "\n".join(f"{each.name} {each.level.label}" for each in skills)
    accounts = {"officer_id": account_choices(maintainer.contract_id)}
    return {
        "review": Form(ReviewSchema(), {}, prefix="review"),
        "skills": Form(SkillsSchema(), {"skills": typed}, prefix="skills"),
        "paper": Form(PaperSchema(), {}, prefix="paper"),
        "account": Form(AccountSchema(), {}, choices=accounts, prefix="account"),
        "leave": Form(LeaveSchema(), {"on": clock.today()}, prefix="leave"),
        "settle": Form(SettleSchema(), {}, prefix="settle"),
    }
