"""The pages of single things in the secrecy area: facts, log, papers, and the steps that this person may take now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, request
from marshmallow import Schema

from server.admin.acceptance_page import contract_of
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.admin.secrecy_words import TONES, at_of, mark_of, said_late
from server.admin.trying import attempt
from server.core import db
from server.core.errors import Forbidden, NotFound
from server.domain import agenda, secrecy
from server.domain.identity import Actor, Permission


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its dialog, its verb, who may (``bureau``: nobody of the vendor's) and in which states."""

    title: str
    button: str
    icon: str
    schema: type[Schema]
    verb: Callable[..., object]
    permission: Permission
    states: frozenset[Any]
    done: str
    bureau: bool = False
    primary: bool = False
    data: Callable[[Any], Mapping[str, Any]] = lambda _row: {}
    when: Callable[[Any], bool] = lambda _row: True

    def may(self, actor: Actor, row: Any) -> bool:
        """Whether the actor may take it, whatever the state."""
        if self.bureau and not secrecy.of_bureau(actor, self.permission):
            return False
        return self.permission in actor.grants and actor.may(self.permission, row.contract_id)

    def offered(self, actor: Actor, row: Any) -> bool:
        """Whether it is on the page."""
        return self.may(actor, row) and row.state in self.states and self.when(row)


def show(
    actor: Actor,
    template: str,
    row: Any,
    steps: Mapping[str, Step],
    *,
    tried: str = "",
    form: Form | None = None,
    status: int = 200,
    boxes: Sequence[Any] = (),
    **context: Any,
) -> Response:
    """The page of one thing, with a form that was refused, if one was."""
    offers = {name: step for name, step in steps.items() if step.offered(actor, row)}
    forms = {name: Form(step.schema(), step.data(row), prefix=name) for name, step in offers.items()}
    if form is not None and tried in steps:
        forms[tried] = form
        offers.setdefault(tried, steps[tried])
    return page(
        template,
        status=status,
        row=row,
        steps=offers,
        forms_of=forms,
        tried=tried,
        events=secrecy.events_of(row.id),
        contract=contract_of(actor, row.contract_id),
        boxes=boxes,
        tones=TONES,
        mark_of=mark_of,
        at_of=at_of,
        said_late=said_late,
        **context,
    )


def take(
    actor: Actor,
    row: Any,
    steps: Mapping[str, Step],
    name: str,
    again: Callable[[str, Form], Response],
    back: tuple[str, Mapping[str, Any]],
    *,
    made: Callable[[dict[str, Any]], dict[str, Any]] = lambda values: values,
) -> Response:
    """One step for a thing that the caller found: done and told, or its form again. ``made`` makes verbs' values of a form's."""
    step = steps.get(name)
    if step is None:
        raise NotFound
    if not step.may(actor, row):
        raise Forbidden(permission=step.permission.value)
    form = Form.submitted(step.schema(), request.form, request.files, prefix=name)
    row_id = row.id

    def verb() -> tuple[object]:
        return (step.verb(actor, row_id, **made(dict(form.values))),)

    if attempt(form, verb) is None:
        with db.reading():
            return again(name, form)
    agenda.look_soon()
    toast(step.done)
    endpoint, values = back
    return redirect_to(endpoint, **values)
