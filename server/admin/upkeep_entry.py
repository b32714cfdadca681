"""Quick entry of maintenance, guidance and visits: today, me, the systems of last time; a copy of last time; patterns."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from flask import Blueprint, Response, current_app, redirect, request, url_for

from server.admin.acceptance_new import contracts_for
from server.admin.access import current_actor, needs
from server.admin.forms import Choices, Form
from server.admin.pages import page, redirect_to, toast
from server.admin.upkeep_forms import TemplateSchema, correcting, kept
from server.admin.upkeep_kinds import Entry, Sort, sort_of
from server.core import db
from server.core.db import session
from server.core.errors import Conflict, Forbidden, Invalid, NotFound
from server.core.idempotency import Answer, claim, complete, scope_of
from server.core.ids import digest, parse_id
from server.domain import knowledge, releases, tickets, upkeep
from server.domain.identity import Actor, Permission
from server.domain.upkeep import UpkeepFilters, Work
from server.gateways.papers import Paper

blueprint = Blueprint("upkeep_entry", __name__, url_prefix="/admin/upkeep")

LOG = Permission.RECORD_LOG
KEY = 64
MOST_CHOICES = 30
LINKS = ("release_id", "inspection_id", "article_id")


@blueprint.get("/<sort>/new")
@needs(LOG)
def new(sort: str) -> Response:
    """A form that is mostly filled in."""
    actor, of = current_actor(), sort_of(sort)
    choices = _choices(actor, of)
    return _page(actor, of, Form(of.schema(), _usual(actor, of, choices), choices=choices), secrets.token_urlsafe(16))


@blueprint.post("/<sort>/new")
@needs(LOG)
def create(sort: str) -> Response:
    """Put it on record. The same form sent twice puts one entry down."""
    actor, of = current_actor(), sort_of(sort)
    with db.reading():
        choices = _choices(actor, of)
    form = Form.submitted(of.schema(), request.form, request.files, choices=choices)
    key, status = request.form.get("form_key", "")[:KEY] or secrets.token_urlsafe(16), 422
    if form.valid:
        try:
            uploads = kept(form.values["upload"])
            with db.unit():
                where = _put_once(actor, of, form, key, uploads)
        except Invalid as refused:
            form.refuse(_named(refused), refused.text)
        except Conflict as refused:
            form.refuse(None, refused.text)
            status = 409
        else:
            return current_app.make_response(redirect(where, code=303))
    with db.reading():
        return _page(actor, of, form, key, status=status)


@blueprint.get("/<sort>/<uuid:entry_id>/correct")
@needs(LOG)
def edit(sort: str, entry_id: uuid.UUID) -> Response:
    """The form of a correction."""
    actor, of = current_actor(), sort_of(sort)
    found = _mine(actor, of, entry_id)
    data = {name: getattr(found, name) for name in of.draft.__dataclass_fields__}  # type: ignore[attr-defined]
    data |= {name: str(data[name]) if data.get(name) else "" for name in LINKS if name in data}
    data |= {"ticket": _number_of(actor, found.ticket_id), "version": found.version}
    choices = _choices(actor, of, contract_id=found.contract_id)
    return _correction(of, found, Form(correcting(of.schema), data, choices=choices))


@blueprint.post("/<sort>/<uuid:entry_id>/correct")
@needs(LOG)
def correct(sort: str, entry_id: uuid.UUID) -> Response:
    """Put it right; what it said stays in the log."""
    actor, of = current_actor(), sort_of(sort)
    with db.reading():
        found = _mine(actor, of, entry_id)
        choices = _choices(actor, of, contract_id=found.contract_id)
    form = Form.submitted(correcting(of.schema), request.form, request.files, choices=choices)
    status = 422
    if form.valid:
        try:
            uploads = kept(form.values["upload"])
            with db.unit():
                values = dict(form.values)
                reason, version = values.pop("correction"), values.pop("version")
                draft = _draft(actor, of, values)
                of.correct(actor, entry_id, draft, version=version, reason=reason, uploads=uploads)
        except Invalid as refused:
            fields = _named(refused)
            if list(fields) == ["reason"] and "reason" not in form.names:
                fields = {"correction": fields["reason"]}
            form.refuse(fields, refused.text)
        except Conflict as refused:
            form.refuse(None, refused.text)
            status = 409
        else:
            toast("已更正，原内容保留在时间线")
            return redirect_to("upkeep.show", sort=sort, entry_id=entry_id)
    with db.reading():
        return _correction(of, of.find(actor, entry_id), form, status=status)


@blueprint.post("/works/<uuid:entry_id>/template")
@needs(LOG)
def use_as_template(entry_id: uuid.UUID) -> Response:
    """Let an entry serve as a pattern, or not any more."""
    form = Form.submitted(TemplateSchema(), request.form)
    name = form.values["name"] if form.valid else ""
    made = upkeep.use_as_template(current_actor(), entry_id, name=name)
    toast(f"已设为模板“{made.template}”" if made.template else "不再作为模板")
    return redirect_to("upkeep.show", sort="works", entry_id=entry_id)


def _put_once(actor: Actor, of: Sort, form: Form, key: str, uploads: list[Paper]) -> str:
    words = digest(repr(sorted((name, str(value)) for name, value in form.data.items() if name != "upload")))
    held = claim(scope_of(f"officer:{actor.id}", "POST", request.path, f"{key}:{words}"), words)
    if isinstance(held, Answer):
        return held.headers["Location"]
    values = dict(form.values)
    contract_id = parse_id(values.pop("contract_id"))
    made = of.note(actor, contract_id, _draft(actor, of, values), uploads=uploads)
    where = url_for("upkeep.show", sort=of.name, entry_id=made.id)
    complete(held, Answer(303, {"Location": where}, b""))
    toast(f"已登记 {made.number}" + ("；登记人员不在该合同当日的维护人员名单中" if made.designated is False else ""))
    return where


def _draft(actor: Actor, of: Sort, values: dict[str, Any]) -> Any:
    given = {name: value for name, value in values.items() if name not in ("upload", "ticket")}
    for name in LINKS:
        if name in given:
            given[name] = parse_id(given[name]) if given[name] else None
    given["ticket_id"] = _ticket(actor, values.get("ticket", ""))
    return of.draft(**given)


def _ticket(actor: Actor, number: str) -> uuid.UUID | None:
    """The ticket of a spoken number, as far as the actor may see tickets."""
    wanted = number.strip().upper()
    if not wanted:
        return None
    if actor.may(Permission.TICKET_VIEW):
        found = tickets.ids_by_number([wanted], actor.contracts_for(Permission.TICKET_VIEW))
        if wanted in found:
            return found[wanted]
    raise Invalid(fields={"ticket": ["没有找到这个工单，请核对编号。"]})


def _named(refused: Invalid) -> dict[str, list[str]]:
    """The refusal's fields under the names that the form has."""
    return {"ticket" if name == "ticket_id" else name: list(told) for name, told in refused.fields.items()}


def _number_of(actor: Actor, ticket_id: uuid.UUID | None) -> str:
    if ticket_id is None or not actor.may(Permission.TICKET_VIEW):
        return ""
    try:
        return tickets.find(actor, ticket_id).number
    except NotFound:
        return ""


def _mine(actor: Actor, of: Sort, entry_id: uuid.UUID) -> Entry:
    found = of.find(actor, entry_id)
    if not actor.may(LOG, found.contract_id):
        raise Forbidden(permission=LOG.value)
    return found


def _choices(actor: Actor, of: Sort, *, contract_id: uuid.UUID | None = None) -> dict[str, Choices]:
    found: dict[str, Choices] = {} if contract_id else {"contract_id": contracts_for(actor, LOG)}
    if of.name == "works":
        shown = actor.may(Permission.RELEASE_VIEW)
        query = releases.matching(actor, contract_id=contract_id).limit(MOST_CHOICES) if shown else None
        found["release_id"] = (
            [(str(each.id), f"{each.version}（{each.state.label}）") for each in session().scalars(query)]
            if query is not None
            else []
        )
        asked = UpkeepFilters(contract_id=contract_id)
        sheets = session().scalars(upkeep.inspections_matching(actor, asked).limit(MOST_CHOICES))
        found["inspection_id"] = [(str(each.id), f"{each.number} {each.month_on:%Y-%m}") for each in sheets]
    if of.name == "guidance":
        shown = actor.may(Permission.KNOWLEDGE_VIEW)
        rows = list(session().scalars(knowledge.matching(actor).limit(MOST_CHOICES))) if shown else []
        found["article_id"] = [(str(each.id), each.title) for each in rows]
    return found


def _usual(actor: Actor, of: Sort, choices: dict[str, Choices]) -> dict[str, Any]:
    """What is probably meant: me, my last contract and its systems; all of an entry that is to be copied."""
    last = of.last(actor)
    data: dict[str, Any] = {"who": actor.name}
    offered = [value for value, _ in choices["contract_id"]]
    if last is not None and str(last.contract_id) in offered:
        data["contract_id"] = str(last.contract_id)
        if isinstance(last, Work):
            data["systems"] = last.systems
    elif len(offered) == 1:
        data["contract_id"] = offered[0]
    source = _source(actor, of, last)
    if source is not None:
        values = {name: getattr(source, name) for name in of.carried}
        data |= {name: str(value) if name in LINKS and value else value for name, value in values.items()}
        data["contract_id"] = str(source.contract_id)
    if text := request.args.get("ticket_id", ""):
        found = tickets.find(actor, parse_id(text))
        data |= {"ticket": found.number, "contract_id": str(found.contract_id or "")}
    if (text := request.args.get("inspection_id", "")) and of.name == "works":
        sheet = upkeep.find_inspection(actor, parse_id(text))
        data |= {"inspection_id": str(sheet.id), "contract_id": str(sheet.contract_id)}
    return {name: value for name, value in data.items() if value is not None}


def _source(actor: Actor, of: Sort, last: Entry | None) -> Entry | None:
    copied = request.args.get("copy", "")
    if copied == "last":
        return last
    return of.find(actor, parse_id(copied)) if copied else None


def _page(actor: Actor, of: Sort, form: Form, key: str, *, status: int = 200) -> Response:
    last = of.last(actor)
    return page(
        "upkeep/new.html",
        status=status,
        of=of,
        form=form,
        form_key=key,
        rest=[name for name in form.names if name not in of.first],
        last=last,
        last_title=getattr(last, of.title) if last else "",
        templates=upkeep.templates(actor) if of.name == "works" else [],
        action=url_for("upkeep_entry.create", sort=of.name),
    )


def _correction(of: Sort, found: Entry, form: Form, *, status: int = 200) -> Response:
    return page("upkeep/correct.html", status=status, of=of, found=found, form=form)
