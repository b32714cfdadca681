"""Steps of money's pages: each has its button, its form in a dialog, one address, and is taken the same way.

Who may not see the thing gets the same answer as for nothing (404), who may not take the step 403, before any form is read.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request
from marshmallow import Schema

from server.admin.access import current_actor, needs
from server.admin.forms import Choices, Form
from server.admin.pages import redirect_to, toast
from server.core.errors import Conflict, Forbidden, Invalid
from server.domain.identity import Actor, Permission

# Larger than any; what a database still takes for an integer.
NEVER = 2**31 - 1
# Either side puts papers to what it handles; who only reads puts none.
PAPERS = (Permission.PAYMENT_APPLY, Permission.PAYMENT_HANDLE)


@dataclass(frozen=True, slots=True)
class Move:
    """One step. ``verb`` takes the actor, the thing's id, the form's values and the version that the page showed.

    ``either``: one of these is needed as well, where both sides may, each by a right of its own.
    """

    name: str
    label: str
    schema: type[Schema]
    permission: Permission
    done: str
    verb: Callable[[Actor, uuid.UUID, dict[str, Any], int | None], object]
    offered: Callable[[Actor, Any], bool]
    tone: str = "primary"
    first: bool = True
    wide: bool = False
    note: str = ""
    prefill: Callable[[Actor, Any], Mapping[str, Any]] | None = None
    choices: Callable[[Actor, Any], Mapping[str, Choices]] | None = None
    step_up: bool = False
    either: tuple[Permission, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A step as a page offers it; ``open``: it was just refused, and stands open with what was typed."""

    move: Move
    form: Form
    open: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """A step that was refused."""

    move: Move
    form: Form


@dataclass(frozen=True, slots=True)
class Pages:
    """How a group finds its thing and shows its page again."""

    find: Callable[[Actor, uuid.UUID], Any]
    show: Callable[[Actor, Any, Tried | None, int], Response]
    endpoint: str


def choices_for(actor: Actor, row: Any, moves: Sequence[Move], tried: Tried | None = None) -> list[Choice]:
    """The steps that this person can take with this thing now; a refused one stays, whatever has changed since."""
    found = []
    for move in moves:
        if tried is not None and tried.move is move:
            found.append(Choice(move, tried.form, True))
        elif actor.may(move.permission, row.contract_id) and move.offered(actor, row):
            data = move.prefill(actor, row) if move.prefill else {}
            offers = move.choices(actor, row) if move.choices else None
            found.append(Choice(move, Form(move.schema(), data, choices=offers, prefix=move.name), False))
    return found


def add_moves(blueprint: Blueprint, moves: Sequence[Move], pages: Pages) -> None:
    """Give each step its address below the thing's own."""
    for move in moves:
        blueprint.add_url_rule(f"/<uuid:key>/{move.name}", move.name, _view_of(move, pages), methods=["POST"])


def _view_of(move: Move, pages: Pages) -> Callable[..., Response]:
    def view(key: uuid.UUID) -> Response:
        return _attempt(move, pages, key)

    view.__name__, view.__doc__ = move.name, f"{move.label}."
    return needs(move.permission, step_up=move.step_up)(view)


def _attempt(move: Move, pages: Pages, key: uuid.UUID) -> Response:
    actor = current_actor()
    row = pages.find(actor, key)
    actor.need(move.permission, row.contract_id)
    if move.either and not any(actor.may(each, row.contract_id) for each in move.either):
        raise Forbidden(permission=move.either[0].value)
    offers = move.choices(actor, row) if move.choices else None
    form = Form.submitted(move.schema(), request.form, request.files, choices=offers, prefix=move.name)
    status = 422
    if form.valid:
        try:
            move.verb(actor, key, form.values, seen())
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        except Conflict as refused:
            form.refuse(message=refused.text)
            status = 409
        else:
            toast(move.done)
            return redirect_to(pages.endpoint, key=key)
    return pages.show(actor, pages.find(actor, key), Tried(move, form), status)


def seen() -> int | None:
    """The version that the page showed, if the form names one."""
    given = request.form.get("seen", type=int)
    return None if given is None else min(max(given, 0), NEVER)
