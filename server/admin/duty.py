"""The duty roster: who is on call now, the month at a glance, where nobody is, and the line's number."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.duty_forms import LineSchema
from server.admin.duty_grid import grid_of, month_of
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.admin.trying import attempt
from server.core import clock, db
from server.core.db import session
from server.domain import contracts, duty
from server.domain.contracts import Contract, ContractState
from server.domain.duty import DutyLine, GapWarning, Shift
from server.domain.identity import Actor, Permission

blueprint = Blueprint("duty", __name__, url_prefix="/admin/duty")

LOOK = 31
FARTHEST = 400


@dataclass(frozen=True, slots=True)
class Post:
    """A contract's duty as it stands now: who is there with their numbers, who comes next, and what is missing."""

    contract: Contract
    line: DutyLine | None
    owed: bool
    present: list[tuple[Shift, str]]
    following: Shift | None
    warnings: list[GapWarning]


@blueprint.get("/")
@needs(Permission.DUTY_VIEW)
def index() -> Response:
    """Today, and the month of one contract."""
    actor = current_actor()
    running = contracts_on_duty(actor)
    chosen = chosen_of(running, request.args.get("contract", type=uuid.UUID))
    first = month_of(request.args.get("month"))
    warnings = duty.warnings_open(actor)
    return page(
        "duty/index.html",
        posts=[_post(actor, each, warnings) for each in running if each.state is ContractState.ACTIVE],
        running=running,
        chosen=chosen,
        grid=grid_of(actor, chosen.id, first) if chosen else None,
        today=clock.today(),
        may_plan=chosen is not None and actor.may(Permission.DUTY_MANAGE, chosen.id),
        line_form=_line_form(chosen) if chosen else None,
        tried="",
    )


@blueprint.get("/gaps")
@needs(Permission.DUTY_VIEW)
def gaps() -> Response:
    """Gaps and double cover between two days, of every contract."""
    actor = current_actor()
    first, last = _days()
    running = contracts_on_duty(actor)
    return page(
        "duty/gaps.html",
        "duty/_gaps.html",
        first=first,
        last=last,
        found=[
            (each, duty.gaps(each.id, first, last), duty.doubles(each.id, first, last), duty.owed(each.id))
            for each in running
        ],
        planners={each.id for each in running if actor.may(Permission.DUTY_MANAGE, each.id)},
    )


@blueprint.post("/line/<uuid:contract_id>")
@needs(Permission.DUTY_MANAGE)
def line(contract_id: uuid.UUID) -> Response:
    """The line's number and rule."""
    actor = current_actor()
    with db.reading():
        contracts.find(actor, contract_id)
    actor.need(Permission.DUTY_MANAGE, contract_id)
    form = Form.submitted(LineSchema(), request.form, prefix="line")
    if attempt(form, lambda: duty.set_line(actor, contract_id=contract_id, **form.values)) is None:
        toast(" ".join(text for texts in form.errors.values() for text in texts), "danger")
    else:
        toast("值班电话已更新")
    return redirect_to("duty.index", contract=contract_id)


def contracts_on_duty(actor: Actor) -> list[Contract]:
    """The contracts whose duty the actor may see: those in force first, then ended ones; no drafts."""
    scope = actor.contracts_for(Permission.DUTY_VIEW)
    rows = [each for each in session().scalars(contracts.matching(actor)) if each.state is not ContractState.DRAFT]
    seen = [each for each in rows if scope is None or each.id in scope]
    return sorted(seen, key=lambda each: each.state is not ContractState.ACTIVE)


def chosen_of(running: list[Contract], wanted: uuid.UUID | None) -> Contract | None:
    """The contract that the address names, else the first."""
    return next((each for each in running if each.id == wanted), running[0] if running else None)


def _post(actor: Actor, contract: Contract, warnings: list[GapWarning]) -> Post:
    now = clock.now()
    ahead = duty.shifts_between(actor, now, now + timedelta(days=8), contract_id=contract.id)
    return Post(
        contract=contract,
        line=duty.line_of(contract.id),
        owed=duty.owed(contract.id),
        present=[(each, duty.number_of(each)) for each in duty.on_call(contract.id, now)],
        following=next((each for each in ahead if each.starts_at > now and not each.backup), None),
        warnings=[each for each in warnings if each.contract_id == contract.id],
    )


def _line_form(contract: Contract) -> Form:
    line = duty.line_of(contract.id)
    data = {"hotline": line.hotline if line else "", "owed": duty.owed(contract.id)}
    return Form(LineSchema(), data, prefix="line")


def _days() -> tuple[date, date]:
    today = clock.today()
    first, last = _day("from") or today, _day("to")
    last = max(last or first + timedelta(days=LOOK), first)
    return first, min(last, first + timedelta(days=FARTHEST))


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
