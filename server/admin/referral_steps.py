"""What the pages of referrals share: a step as a button with its form, the fields of forms, and who may press what."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Response, request
from marshmallow import Schema, fields, validate

from server.admin.forms import Choices, Form
from server.admin.pages import redirect_to, toast
from server.core.clock import LOCAL
from server.core.enums import Labelled
from server.core.errors import Conflict, Forbidden, Invalid
from server.domain import contracts, referrals
from server.domain.identity import Actor, Permission

EARLIEST = datetime(2000, 1, 1, tzinfo=LOCAL)
EARLIEST_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that can be done to a matter. ``run`` gets actor, id and the form's values."""

    name: str
    label: str
    schema: type[Schema]
    run: Callable[..., object]
    icon: str = "check"
    done: str = "已登记"
    bureau: bool = False
    primary: bool = False
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Offered:
    """A step that this officer may take now, with its form; ``open``: it was refused just now."""

    step: Step
    form: Form
    url: str
    open: bool = False


def line(label: str, *, longest: int = 100, needed: bool = False, **told: Any) -> Any:
    """One line of words."""
    return _text(label, longest, needed, {"widget": "text"} | told)


def words(label: str, *, needed: bool = False, rows: int = 3, longest: int = 5000, **told: Any) -> Any:
    """Several lines of words."""
    return _text(label, longest, needed, {"widget": "textarea", "rows": str(rows)} | told)


def choice(kind: type[Labelled], label: str, *, needed: bool = True, **told: Any) -> Any:
    """One of an enumeration's members; ``choices`` offers some of them only."""
    more: dict[str, Any] = {"required": True} if needed else {"load_default": None}
    return fields.Enum(kind, by_value=True, metadata={"label": label} | told, **more)


def moment(label: str, *, help: str = "不填即为现在。") -> Any:
    """A moment on the bureau's clock."""
    return fields.AwareDateTime(
        load_default=None,
        default_timezone=LOCAL,
        validate=validate.Range(min=EARLIEST, error="时间过早，请检查年份。"),
        metadata={"label": label, "help": help},
    )


def day(label: str, *, help: str = "") -> Any:
    """A day."""
    return fields.Date(
        load_default=None,
        validate=validate.Range(min=EARLIEST_DAY, error="日期过早，请检查年份。"),
        metadata={"label": label, "help": help},
    )


def mine(actor: Actor, contract_id: uuid.UUID, step: Step) -> bool:
    """Whether a step is this officer's, whatever the matter's state."""
    if not actor.may(Permission.REFERRAL_LOG, contract_id):
        return False
    return not step.bureau or referrals.is_bureau(actor)


def offered(
    actor: Actor,
    contract_id: uuid.UUID,
    steps: Sequence[Step],
    address: Callable[[str], str],
    *,
    refused: tuple[str, Form] | None = None,
    begun: dict[str, dict[str, Any]] | None = None,
) -> list[Offered]:
    """The steps of a state that this officer may take. ``begun``: what a step's form begins with."""
    shown = []
    for step in steps:
        if not mine(actor, contract_id, step):
            continue
        failed = refused is not None and refused[0] == step.name
        form = refused[1] if refused and failed else Form(step.schema(), (begun or {}).get(step.name), prefix=step.name)
        shown.append(Offered(step, form, address(step.name), failed))
    return shown


def taken(
    actor: Actor,
    contract_id: uuid.UUID,
    key: uuid.UUID,
    step: Step,
    *,
    back: tuple[str, dict[str, Any]],
    again: Callable[[tuple[str, Form], int], Response],
) -> Response:
    """Take a step that a form asks for: Forbidden first, then what the form lacks, then what the rules refuse."""
    if not mine(actor, contract_id, step):
        if step.bureau and actor.may(Permission.REFERRAL_LOG, contract_id):
            raise referrals.BureauOnly
        raise Forbidden(permission=Permission.REFERRAL_LOG.value)
    form = Form.submitted(step.schema(), request.form, prefix=step.name)
    if not form.valid:
        return again((step.name, form), 422)
    try:
        step.run(actor, key, **form.values)
    except Invalid as refused:
        form.refuse(refused.fields, refused.text)
        return again((step.name, form), 422)
    except Conflict as refused:
        toast(refused.text, "warning")
        return redirect_to(back[0], **back[1])
    toast(step.done)
    return redirect_to(back[0], **back[1])


def places(actor: Actor) -> Choices:
    """The contracts under which this officer may register."""
    scope = actor.contracts_for(Permission.REFERRAL_LOG)
    return [(str(key), title) for key, title in contracts.titles(actor).items() if scope is None or key in scope]


def numbers_of(actor: Actor) -> dict[uuid.UUID, str]:
    """The numbers of the contracts that this officer may see, for lists."""
    return {key: title.partition(" ")[0] for key, title in contracts.titles(actor).items()}


def _text(label: str, longest: int, needed: bool, told: dict[str, Any]) -> Any:
    more: dict[str, Any] = {"required": True} if needed else {"load_default": ""}
    return fields.String(validate=validate.Length(max=longest), metadata={"label": label} | told, **more)
