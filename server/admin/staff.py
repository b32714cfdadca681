"""The roster of maintainers: who was designated when, one person with evidence, skills and history, and new designations."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.listing import Column, Listing
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.admin.staff_forms import AssignSchema, account_choices, contract_choices, skills_in, taken
from server.admin.staff_page import TONES, chart_of, names_of, show_person
from server.admin.trying import attempt
from server.core import clock, db
from server.core.db import session
from server.domain import contracts, staffing
from server.domain.contracts import Contract
from server.domain.identity import Actor, Permission
from server.domain.staffing import DocumentKind, Maintainer, Review, SubcontractState, SubjectKind

blueprint = Blueprint("staff", __name__, url_prefix="/admin/staff")

MOST_CHARTS = 6
COLUMNS = (
    Column("name", "姓名", sort="name", optional=False),
    Column("role", "岗位"),
    Column("contract", "合同"),
    Column("period", "在岗期间", sort="valid_from"),
    Column("experience", "经验"),
    Column("review", "局方审核", optional=False),
    Column("skills", "技能"),
    Column("papers", "材料", numeric=True),
)


@blueprint.get("/")
@needs(Permission.STAFF_VIEW)
def index() -> Response:
    """The roster, drawn over each contract's term, and as a list."""
    actor = current_actor()
    listing = Listing("staff", COLUMNS, request.args, default_sort="-valid_from")
    titles = contracts.titles(actor)
    chosen = request.args.get("contract", type=uuid.UUID)
    asked = request.args.get("review", "")
    query = staffing.matching(
        actor,
        contract_id=chosen if chosen in titles else None,
        text=request.args.get("q", "").strip(),
        review=Review(asked) if asked in set(Review) else None,
    )
    orders = {"name": Maintainer.name, "valid_from": Maintainer.valid_from}
    found = paged(query, listing, orders, tie=Maintainer.id)
    ids = [each.id for each in found.items]
    return page(
        "staff/index.html",
        "staff/_rows.html",
        listing=listing,
        found=found,
        titles=titles,
        charts=_charts(actor, chosen if chosen in titles else None),
        papers=staffing.papers_of(SubjectKind.MAINTAINER, ids),
        skills=staffing.skills_of(ids),
        leavings=staffing.off_boardings_of(ids),
        accounts=names_of(each.officer_id for each in found.items),
        today=clock.today(),
        may_assign=actor.may(Permission.STAFF_MANAGE),
        Review=Review,
        tones=TONES,
    )


@blueprint.get("/new")
@needs(Permission.STAFF_MANAGE)
def new() -> Response:
    """The form of a designation."""
    actor = current_actor()
    options = contract_choices(actor, Permission.STAFF_MANAGE)
    wanted = request.args.get("contract", "")
    chosen = next((key for key, _ in options if key == wanted), options[0][0] if options else "")
    data = {"contract_id": chosen, "valid_from": clock.today()}
    return _form(actor, Form(AssignSchema(), data, choices=_choices(actor, chosen)), chosen)


@blueprint.post("/new")
@needs(Permission.STAFF_MANAGE)
def create() -> Response:
    """Designate somebody."""
    actor = current_actor()
    chosen = request.form.get("contract_id", "")
    with db.reading():
        choices = _choices(actor, chosen)
    form = Form.submitted(AssignSchema(), request.form, request.files, choices=choices)

    def verb() -> uuid.UUID:
        values = dict(form.values)
        files = taken(values.pop("files"), DocumentKind.EXPERIENCE)
        return staffing.assign(actor, **values | {"files": files, "skills": skills_in(values["skills"])}).id

    made = attempt(form, verb)
    if made is None:
        with db.reading():
            return _form(actor, form, chosen, status=422)
    toast("已指派，等待局方审核")
    return redirect_to("staff.show", maintainer_id=made)


@blueprint.get("/<uuid:maintainer_id>")
@needs(Permission.STAFF_VIEW)
def show(maintainer_id: uuid.UUID) -> Response:
    """One person."""
    actor = current_actor()
    return show_person(actor, staffing.find(actor, maintainer_id))


@blueprint.get("/papers/<uuid:document_id>")
@needs(Permission.STAFF_VIEW)
def paper(document_id: uuid.UUID) -> Response:
    """A paper, as a download; who took it is in the trail (A39)."""
    with db.unit():
        document, pieces = staffing.read_paper(current_actor(), document_id)
        answer = Response(pieces, mimetype=document.mime)
        answer.headers.set("Content-Disposition", "attachment", filename=document.file_name)
        answer.headers["Content-Length"] = str(document.size)
        answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _charts(actor: Actor, chosen: uuid.UUID | None) -> list[object]:
    """The chosen contract, or those that run now with whoever was designated."""
    rows = list(session().scalars(contracts.matching(actor)))
    people: dict[uuid.UUID, list[Maintainer]] = {row.id: [] for row in rows}
    for each in session().scalars(staffing.matching(actor)):
        people.setdefault(each.contract_id, []).append(each)
    shown: list[Contract] = (
        [row for row in rows if row.id == chosen] if chosen else [row for row in rows if people[row.id]]
    )
    return [chart_of(row, people[row.id]) for row in shown[:MOST_CHARTS]]


def _choices(actor: Actor, contract: str) -> dict[str, list[tuple[str, str]]]:
    options = contract_choices(actor, Permission.STAFF_MANAGE)
    own = next((uuid.UUID(key) for key, _ in options if key == contract), None)
    consents: list[tuple[str, str]] = []
    if own is not None:
        held = staffing.subcontracts_matching(actor, contract_id=own, state=SubcontractState.CONSENTED)
        consents = [(str(row.id), f"{row.number} {row.party}") for row in session().scalars(held)]
    return {
        "contract_id": options,
        "officer_id": account_choices(own) if own else [],
        "subcontract_id": consents,
    }


def _form(actor: Actor, form: Form, chosen: str, status: int = 200) -> Response:
    own = next((uuid.UUID(key) for key, _ in contract_choices(actor, Permission.STAFF_MANAGE) if key == chosen), None)
    terms = contracts.terms_of(own) if own else None
    return page(
        "staff/new.html",
        status=status,
        form=form,
        minimum=staffing.minimum_years(terms) if terms else None,
        known=terms is not None,
    )
