"""The form of a contract as a page: for a new one, a draft, a revision of the terms, or a supplement."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, request, url_for
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor
from server.admin.contract_boxes import Choices
from server.admin.contract_draft import Draft, Typed, draft_of, read, told, typed_of
from server.admin.contract_outlook import papers_of, unsure_of
from server.admin.contract_row_sections import CASES, ROWS
from server.admin.contract_sections import DATES, FACTS, PAYEE, SINGLES, TERM
from server.admin.forms import Form
from server.admin.pages import page
from server.core import clock, db
from server.core.enums import Labelled
from server.domain import calendar, contracts, identity
from server.domain.contracts import Contract
from server.domain.identity import OrganisationKind, Permission


class Mode(Labelled):
    """What the form is for."""

    NEW = "new", "录入合同"
    DRAFT = "draft", "更正草稿"
    REVISE = "revise", "修订条款"
    SUPPLEMENT = "supplement", "起草补充协议"

    @property
    def has_facts(self) -> bool:
        """Whether the contract's own facts are asked, beside its terms."""
        return self in {Mode.NEW, Mode.DRAFT}


class ReviseSchema(Schema):
    """Since when a revision applies, and on what it rests."""

    effective_from = fields.Date(
        required=True,
        metadata={"label": "自何日起适用", "help": "更正录入错误时填合同起始日；双方另有约定时填约定的日期。"},
    )
    reason = fields.String(
        required=True,
        validate=validate.Length(max=400),
        metadata={"label": "修订依据", "placeholder": "例如：对照纸面更正第三条响应时限"},
    )


class SupplementSchema(Schema):
    """A supplement's own facts (A23, A44, A47)."""

    title = fields.String(required=True, validate=validate.Length(max=200), metadata={"label": "补充协议名称"})
    effective_from = fields.Date(
        required=True, metadata={"label": "自何日起适用", "help": "条款变更从这一天起适用，应在合同期内。"}
    )
    amount = fields.Decimal(
        load_default=None,
        places=2,
        validate=validate.Range(min=0, min_inclusive=False),
        metadata={"label": "另行计价金额（元）", "help": "范围之外的服务另行计价时填写；不涉及价款留空。"},
    )
    scope = fields.String(
        load_default="",
        validate=validate.Length(max=4000),
        metadata={"label": "服务范围", "widget": "textarea", "rows": "3", "help": "填写金额时必填。"},
    )
    reason = fields.String(
        required=True, validate=validate.Length(max=400), metadata={"label": "缘由", "widget": "textarea", "rows": "2"}
    )


SCHEMAS: dict[Mode, type[Schema]] = {Mode.REVISE: ReviseSchema, Mode.SUPPLEMENT: SupplementSchema}


@dataclass
class Entry:
    """One form: its mode, the contract that it is about, what stands in it, and what is wrong."""

    mode: Mode
    contract: Contract | None
    draft: Draft
    extra: Form | None
    base: Mapping[str, Any]
    version: str = ""
    faults: dict[str, list[str]] = field(default_factory=dict)

    @property
    def typed(self) -> Typed:
        """The draft as the domain takes it, with what the form does not show kept from the terms beneath."""
        kept: dict[str, Any] = {}
        if self.mode is Mode.REVISE and self.base.get("billing"):
            kept = {f"billing.{name}": self.base["billing"].get(name, "") for name in PAYEE}
        found = typed_of(self.draft, kept=kept)
        found.terms["findings"] = list(self.base.get("findings") or ())
        return found


def begun(mode: Mode, contract: Contract | None, draft: Draft, base: Mapping[str, Any]) -> Entry:
    """A form that is opened."""
    given = {"effective_from": clock.today()}
    extra = Form(SCHEMAS[mode](), given, prefix="extra") if mode in SCHEMAS else None
    return Entry(mode, contract, draft, extra, base, str(contract.version) if contract else "")


def sent(mode: Mode, contract: Contract | None, *, checked: bool = True) -> Entry:
    """The form as it was sent; ``checked`` False where it is only looked at, so that nothing is found missing yet."""
    base: Mapping[str, Any] = {}
    if contract is not None:
        base = contracts.raw_terms(contract.id, _revision(contract))
    extra = Form.submitted(SCHEMAS[mode](), request.form, prefix="extra") if mode in SCHEMAS else None
    if extra is not None and not checked:
        extra.errors = {}
    return Entry(mode, contract, read(request.form), extra, base, request.form.get("version", ""))


def of_contract(mode: Mode, contract: Contract) -> Entry:
    """The form of a contract that is there."""
    terms = contracts.raw_terms(contract.id, _revision(contract))
    names = ("number", "paper_number", "title", "bureau_name", "vendor_id", "vendor_name", *DATES)
    facts = {name: getattr(contract, name) for name in names}
    facts["systems"] = contracts.systems_of([contract.id])[contract.id]
    return begun(mode, contract, draft_of(terms, facts), terms)


def preview_of(entry: Entry) -> contracts.Preview:
    """What follows from the form."""
    typed = entry.typed
    facts = dict(typed.facts)
    if not entry.mode.has_facts and entry.contract is not None:
        contract = entry.contract
        facts = {name: getattr(contract, name) for name in ("number", "paper_number", "title", *DATES)}
    return contracts.preview(
        facts | {"terms": typed.terms}, calendar.load(), today=clock.today(), ticked=entry.draft.ticked
    )


def preview_context(entry: Entry) -> dict[str, Any]:
    """What the preview's template needs."""
    shown = preview_of(entry)
    papers = papers_of(shown, calendar.load())
    return {"preview": shown, "papers": papers, "unsure": unsure_of(shown, papers)}


def form_page(entry: Entry, *, status: int = 200) -> Response:
    """The form with its preview; only the form when htmx asks."""
    typed = entry.typed
    faults = {name: list(dict.fromkeys(texts)) for name, texts in told(entry.faults, typed.names).items()}
    places = _places(entry.draft)
    hidden = [FACTS, TERM] if not entry.mode.has_facts else []
    return page(
        "contract_entry/form.html",
        "contract_entry/_form.html",
        status=status,
        entry=entry,
        mode=entry.mode,
        Mode=Mode,
        draft=entry.draft,
        faults=faults,
        clause_faults=[name for name in faults if name.startswith("clauses-")],
        loose=[text for name, texts in faults.items() if name not in places for text in texts],
        placed=[(name, place, "；".join(faults[name])) for name, place in places.items() if name in faults],
        sections=[each for each in (FACTS, *SINGLES) if each not in hidden],
        hidden=hidden,
        unseen=() if entry.mode.has_facts else ("effective_on", *(PAYEE if entry.mode is Mode.REVISE else ())),
        row_sections=ROWS,
        cases=CASES,
        vendors=_vendors() if entry.mode.has_facts else (),
        known=[each for each in contracts.known_findings() if not each.shows_in_data],
        have={each["key"] for each in entry.base.get("findings") or ()} if entry.contract else set(),
        action=_action(entry),
        **preview_context(entry),
    )


def _places(draft: Draft) -> dict[str, str]:
    """What each box is called where it stands, in the order of the form."""
    found = {
        f"{part.key}-{box.name}": f"{part.title} · {box.label}" for part in (FACTS, *SINGLES) for box in part.boxes
    }
    for part in ROWS:
        for number in range(len(draft.rows[part.key])):
            lead = f"{part.key}-{number}"
            found |= {f"{lead}-{box.name}": f"{part.one} {number + 1} · {box.label}" for box in part.boxes}
    return found


def _action(entry: Entry) -> str:
    if entry.contract is None:
        return url_for("contract_entry.create")
    endpoint = {
        Mode.DRAFT: "contract_entry.correct",
        Mode.REVISE: "contract_entry.revise",
        Mode.SUPPLEMENT: "supplements.draft",
    }[entry.mode]
    return url_for(endpoint, contract_id=entry.contract.id)


def _revision(contract: Contract) -> int:
    """The terms that a form begins with: those that hold today; of a draft, the newest."""
    if contract.state is contracts.ContractState.DRAFT:
        return contract.revision
    return contracts.terms_of(contract.id).revision


def _vendors() -> Choices:
    actor = current_actor()
    if not actor.may(Permission.PEOPLE_VIEW):
        return ()
    query = identity.organisations_matching(actor, kind=OrganisationKind.VENDOR)
    return tuple((str(each.id), each.name) for each in db.session().scalars(query))


def vendor_named(vendor_id: str) -> tuple[uuid.UUID | None, str]:
    """The vendor that was chosen, and its name; None if that is none of those on offer."""
    name = dict(_vendors()).get(vendor_id)
    return (uuid.UUID(vendor_id), name) if name is not None else (None, "")
