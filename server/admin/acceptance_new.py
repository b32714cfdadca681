"""Entering a completion notice: for a ticket, for the next round of a rejected one, or for the whole contract."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from flask import Response, current_app, redirect, request, url_for

from server.admin.acceptance_forms import MOST_ROWS, ROWS, kept, notice_schema
from server.admin.acceptance_page import ticket_of
from server.admin.access import current_actor, needs
from server.admin.forms import Choices, Form
from server.admin.pages import page, toast
from server.core import db
from server.core.errors import Conflict, Invalid
from server.core.idempotency import Answer, claim, complete, scope_of
from server.core.ids import digest, parse_id
from server.domain import contracts, records, tickets
from server.domain.identity import Actor, Permission
from server.domain.records import Completion, ItemDraft, ItemResult
from server.gateways.papers import Paper

KEY = 64
LINES = ("text_", "standard_")


@needs(Permission.ACCEPTANCE_NOTIFY)
def new() -> Response:
    """An empty form, or one with what is known of the ticket, or of the round before."""
    actor = current_actor()
    choices = contracts_for(actor, Permission.ACCEPTANCE_NOTIFY)
    data, rows = _usual(actor, choices)
    form = Form(notice_schema(rows), data, choices={"contract_id": choices})
    return _page(actor, form, rows, secrets.token_urlsafe(16))


@needs(Permission.ACCEPTANCE_NOTIFY)
def create() -> Response:
    """Send it. The same form sent twice sends one notice; the button for more rows only adds rows."""
    actor = current_actor()
    rows = min(max(request.form.get("rows", ROWS, type=int), 1), MOST_ROWS)
    with db.reading():
        choices = contracts_for(actor, Permission.ACCEPTANCE_NOTIFY)
    key = request.form.get("form_key", "")[:KEY]
    if request.form.get("action") == "more":
        rows = min(rows + ROWS, MOST_ROWS)
        form = Form(notice_schema(rows), request.form.to_dict(), choices={"contract_id": choices})
        return _page(actor, form, rows, key)
    form = Form.submitted(notice_schema(rows), request.form, request.files, choices={"contract_id": choices})
    status = 422
    if form.valid:
        try:
            uploads = kept(form.values["upload"])
            with db.unit():
                where = _sent_once(actor, form, key, uploads)
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        except Conflict as refused:
            form.refuse(None, refused.text)
            status = 409
        else:
            return current_app.make_response(redirect(where, code=303))
    with db.reading():
        return _page(actor, form, rows, key, status=status)


def contracts_for(actor: Actor, permission: Permission) -> Choices:
    """The contracts for which the actor may enter something, by name."""
    scope = actor.contracts_for(permission)
    return [(str(key), name) for key, name in contracts.titles(actor).items() if scope is None or key in scope]


def _sent_once(actor: Actor, form: Form, key: str, uploads: list[Paper]) -> str:
    """The new notice's address, or that of the one that this very form has sent before."""
    words = digest(repr(sorted((name, str(value)) for name, value in form.data.items() if name != "upload")))
    held = claim(scope_of(f"officer:{actor.id}", "POST", request.path, f"{key}:{words}"), words)
    if isinstance(held, Answer):
        return held.headers["Location"]
    values = {name: value for name, value in form.values.items() if name != "upload" and not name.startswith(LINES)}
    values["contract_id"] = parse_id(values["contract_id"])
    made = records.notify_completion(
        actor,
        **(values | {"uploads": uploads, "items": _items(form.values)} | _linked()),
    )
    where = url_for("acceptances.show", completion_id=made.id)
    complete(held, Answer(303, {"Location": where}, b""))
    toast(f"已发出完工通知 {made.number}")
    return where


def _items(values: dict[str, Any]) -> list[ItemDraft]:
    """The rows that say anything; one with a standard alone is refused by the room."""
    places = sorted(int(name.removeprefix("text_")) for name in values if name.startswith("text_"))
    rows = [(values[f"standard_{place}"].strip(), values[f"text_{place}"].strip()) for place in places]
    return [ItemDraft(standard=standard or "按合同约定", text=text) for standard, text in rows if standard or text]


def _linked() -> dict[str, uuid.UUID | None]:
    return {
        name: parse_id(text) if (text := request.form.get(name, "")) else None for name in ("ticket_id", "follows_id")
    }


def _usual(actor: Actor, choices: Choices) -> tuple[dict[str, Any], int]:
    """What is likely to be meant, and how many rows that takes."""
    data: dict[str, Any] = {"contract_id": choices[0][0]} if len(choices) == 1 else {}
    before = _before(actor)
    if before is not None:
        data = {
            "contract_id": str(before.contract_id),
            "title": before.title,
            "content": before.content,
            "how_to_check": before.how_to_check,
            "final": before.final,
        }
        # what passed in the round before need not be shown again
        open_ = [item for item in records.items_of(before) if item.result is not ItemResult.PASSED]
        for place, item in enumerate(open_, start=1):
            data |= {f"text_{place}": item.text, f"standard_{place}": item.standard}
        return data, max(ROWS, min(len(open_), MOST_ROWS))
    ticket = ticket_of(actor, _asked("ticket_id"))
    if ticket is not None and ticket.contract_id is not None:
        data = {"contract_id": str(ticket.contract_id), "title": ticket.title, "text_1": ticket.title}
    return data, ROWS


def _before(actor: Actor) -> Completion | None:
    key = _asked("follows_id")
    return None if key is None else records.find(actor, key)


def _asked(name: str) -> uuid.UUID | None:
    text = request.values.get(name, "")
    return parse_id(text) if text else None


def _page(actor: Actor, form: Form, rows: int, key: str, *, status: int = 200) -> Response:
    before = _before(actor)
    ticket: tickets.Ticket | None = ticket_of(actor, _asked("ticket_id") or (before.ticket_id if before else None))
    return page(
        "acceptances/new.html",
        status=status,
        form=form,
        rows=rows,
        most_rows=MOST_ROWS,
        form_key=key,
        before=before,
        ticket=ticket,
    )
