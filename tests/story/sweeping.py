"""Asks every route of the console as a vendor's person, for their own things, for another contract's, and for nothing's."""

from __future__ import annotations

import inspect
import re
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import quote_plus, urlencode

import sqlalchemy as sa
from flask.testing import FlaskClient
from marshmallow import Schema, fields, missing, validate
from werkzeug.routing import Rule

from server.app import Service
from server.core import clock
from server.core.db import db
from tests.story.foreign import Foreign

NOBODYS = uuid.UUID("01900000-0000-7000-8000-00000000dead")
# What differs between two answers although nothing else does.
CHANGING = re.compile(
    r'I[\w-]{40,}\.[\w-]+\.[\w-]+|nonce-[\w-]+|nonce="[^"]*"|"trace_id": ?"[^"]*"|\b[0-9a-f]{32}\b|/feed/[\w-]+'
)
# By which table an argument of an address, a query or a form is filled; with the page group's name where two share one.
TABLES: Mapping[str, str] = {
    "application_id": "referral_applications",
    "agreement_id": "signing_agreements",
    "alert_id": "alerts",
    "article_id": "knowledge_articles",
    "assignee": "officers",
    "assignee_id": "officers",
    "attachment_id": "ticket_attachments",
    "attendance_id": "training_attendances",
    "call_id": "duty_calls",
    "check_id": "content_checks",
    "completion_id": "completions",
    "contract": "contracts",
    "contract_id": "contracts",
    "corrects": "referral_liaisons",
    "database_id": "referral_databases",
    "document_box.subject_id": "documents",
    "document_id": "documents",
    "file_id": "record_files",
    "follows_id": "completions",
    "handover_id": "secrecy_handovers",
    "ids": "tickets",
    "incident_id": "secrecy_incidents",
    "key": "payment_applications",
    "liaison_id": "referral_liaisons",
    "maintainer_id": "staff_maintainers",
    "matters.key": "contract_matters",
    "material_id": "materials",
    "officer": "officers",
    "officer_id": "officers",
    "organisation": "organisations",
    "paper_id": "referral_papers",
    "payees.key": "payee_changes",
    "payments.file_id": "money_files",
    "penalties.key": "penalty_claims",
    "problem_id": "report_problems",
    "promise_id": "secrecy_promises",
    "receipt_id": "completion_receipts",
    "rectification.key": "rectification_orders",
    "release_id": "releases",
    "release_keys.key_id": "release_keys",
    "replacement_id": "staff_replacements",
    "report_id": "reports",
    "requirement_id": "referral_requirements",
    "run_id": "document_runs",
    "scan_id": "signing_scans",
    "secrecy.item_id": "secrecy_items",
    "secrecy_handovers.asset_id": "secrecy_assets",
    "session_id": "remote_sessions",
    "sheet": "referral_sheets",
    "sheet_id": "referral_sheets",
    "shift_id": "duty_shifts",
    "signature_id": "signing_signatures",
    "staff.document_id": "staff_documents",
    "subcontract_id": "staff_subcontracts",
    "subject_id": "tickets",
    "substitute_id": "staff_maintainers",
    "supplement_id": "contract_supplements",
    "ticket": "tickets",
    "template_id": "training_templates",
    "ticket_id": "tickets",
    "training_id": "trainings",
    "training_steps.file_id": "training_files",
    "upload_ids": "ticket_attachments",
    "contingency.plan_id": "upkeep_plans",
    "drill_id": "upkeep_drills",
    "finding_id": "upkeep_findings",
    "inspection_id": "upkeep_inspections",
    "upkeep.entry_id": "upkeep_works",
    "upkeep.file_id": "upkeep_files",
    "upkeep_entry.entry_id": "upkeep_works",
    "version_id": "delivery_versions",
}
# Things of the whole bureau or of everybody, which are no contract's.
SHARED = {
    *("environment", "number", "build", "name", "notice_id", "canned_texts.text_id", "ticket_desk.text_id", "view_id"),
    *("account.session_id", "status", "kind", "day", "year", "secret", "item", "step"),
    *("flags.key", "flag_edit.key", "flag_history.key", "flag_segments.key", "flag_stale.key", "messages.key"),
    *("flag_requests.request_id", "flag_keys.key_id"),
    *("document_box.kind_code", "upkeep.sort", "upkeep_entry.sort", "what", "form", "inspection_steps.item_id"),
}
# Parts of an address that hang on the thing before them: the column that has them, in the thing's own contract.
HANGING: Mapping[str, tuple[str, str]] = {
    "milestone": ("payment_milestones", "milestone"),
    "cycle_on": ("deliveries", "cycle_on"),
    "deliverable.key": ("deliveries", "key"),
}
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# Parts that the thing's own row has: the column, and what stands there for a thing that does not exist.
OF_ROW: Mapping[str, tuple[str, str]] = {
    "document_box.kind_code": ("kind", "monthly_report"),
    "document_box.subject_id": ("subject_id", str(NOBODYS)),
}
FIXED = {
    "clause_id": "4.1",
    "documents.form": "pdf",
    "finding": "1",
    "item": "x",
    "name": "x",
    "number": "1",
    "report.key": "desk.received",
    "step": "deliver",
    "secrecy.step": "declare",
    "secrecy_incidents.step": "step",
    "secrecy_promises.step": "sign",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, with everything that may rightly differ taken out."""

    status: int
    body: str
    place: str

    def told(self) -> str:
        """All of it, as a reader would find it."""
        return f"{self.place}\n{self.body}"

    def without(self, *given: str) -> Answer:
        """With what was asked for taken out, in each way of writing it."""
        body, place = self.body, self.place
        for each in given:
            for form in (each, quote_plus(each)):
                body, place = body.replace(form, "…"), place.replace(form, "…")
        return Answer(self.status, body, place)


@dataclass(frozen=True, slots=True)
class Visitor:
    """One vendor's person: their way in, and what is not theirs to see."""

    name: str
    headers: Mapping[str, str]
    foreign: Foreign


class Sweep:
    """The console on the tests' connection; whatever a request does is undone after it."""

    def __init__(self, app: Service, connection: sa.Connection) -> None:
        self.app, self.connection = app, connection

    def ask(self, who: Visitor, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """One request."""
        with self.undone():
            return self._asked(who, method, path, body)

    def lasting(self, who: Visitor, method: str, path: str, body: Mapping[str, Any]) -> tuple[Answer, dict[str, int]]:
        """One request, and by table how many rows other contracts have after it."""
        with self.undone():
            return self._asked(who, method, path, body), self.counted(who)

    def counted(self, who: Visitor) -> dict[str, int]:
        """How many rows other contracts have, by table."""
        found = {}
        for name, rows in who.foreign.rows.items():
            if rows and "contract_id" in rows[0]:
                table = db.metadata.tables[name]
                contracts = who.foreign.ids["contracts"]
                query = sa.select(sa.func.count()).select_from(table).where(table.c.contract_id.in_(contracts))
                found[name] = int(self.connection.execute(query).scalar_one())
        return found

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Inside a savepoint that is rolled back."""
        point = self.connection.begin_nested()
        try:
            yield
        finally:
            db.session.remove()
            point.rollback()

    def _asked(self, who: Visitor, method: str, path: str, body: Mapping[str, Any] | None) -> Answer:
        client = FlaskClient(self.app, self.app.response_class, use_cookies=False)
        data = {**(body or {}), "seen": "0", "version": "1"} if method == "POST" else None
        with (
            self.app.app_context(),
            client.open(path, method=method, headers=dict(who.headers), data=data) as answer,
        ):
            text = unescape(answer.data.decode("utf-8", "replace"))
            return Answer(answer.status_code, CHANGING.sub("", text), answer.headers.get("Location", ""))


def group_of(rule: Rule) -> str:
    """The page group that a rule belongs to."""
    return str(rule.endpoint).split(".")[0]


def table_of(rule: Rule, name: str) -> str | None:
    """The table of an argument; None if it is no contract's thing. AssertionError for one that nobody has thought of."""
    group = group_of(rule)
    table = TABLES.get(f"{group}.{name}", TABLES.get(name))
    known = {name, f"{group}.{name}"} & (SHARED | set(HANGING) | set(FIXED))
    if f"{group}.{name}" in SHARED | set(HANGING) | set(FIXED) or (table is None and known):
        return None
    assert table is not None, f"{rule.rule}: say in tests/story/sweeping.py what <{name}> is"
    return table


def objects_of(rule: Rule) -> list[str]:
    """The arguments of an address that are things of a contract."""
    return [name for name in _arguments(rule) if table_of(rule, name) is not None]


def addresses(rule: Rule, foreign: Foreign, most: int) -> list[str]:
    """The address for some of the others' things; empty if there are none."""
    names = objects_of(rule)
    first = table_of(rule, names[-1])
    assert first is not None
    return [_filled(rule, foreign, row) for row in _spread(foreign.rows.get(first, []), most)]


def nowhere(rule: Rule, foreign: Foreign) -> str:
    """The same address for a thing that does not exist."""
    return _filled(rule, foreign, None)


def plain(rule: Rule) -> str:
    """The address of a rule without a contract's thing in it."""
    values = {"environment": "develop", "number": "1", "day": "2026-11-02", "year": "2027", "key": "new-search"}
    return re.sub(
        r"<(?:[^:<>]+:)?(?P<name>\w+)>",
        lambda found: values.get(found["name"], "x" if "uuid" not in found[0] else str(NOBODYS)),
        rule.rule,
    )


def queries(app: Service, rule: Rule, foreign: Foreign) -> Iterator[tuple[str, str, str]]:
    """What the page group can be asked for: (name, another contract's, nothing's)."""
    source = inspect.getsource(sys.modules[app.view_functions[rule.endpoint].__module__])
    for name in sorted(set(re.findall(r"args(?:\.get)?[(\[]\s*\"(\w+)\"", source))):
        if name == "q":
            for table, column in (("tickets", "number"), ("tickets", "title"), ("contracts", "number")):
                told = [str(row[column]) for row in foreign.rows[table] if row[column] in foreign.words]
                yield name, told[0], "从来没有过的东西"
        elif name in TABLES and foreign.rows.get(TABLES[name]):
            yield name, str(foreign.rows[TABLES[name]][0]["id"]), str(NOBODYS)


def form(app: Service, rule: Rule, foreign: Foreign) -> tuple[dict[str, Any], dict[str, Any]]:
    """A plausible form of the page group: with another contract's things in it, and with nothing's."""
    theirs = _usual(sys.modules[app.view_functions[rule.endpoint].__module__]) | {"form": "csv"}
    nothing = dict(theirs)
    for name, table in TABLES.items():
        if "." not in name and foreign.rows.get(table):
            theirs[name], nothing[name] = str(foreign.rows[table][0]["id"]), str(NOBODYS)
    for filled in (theirs, nothing):
        filled["query"] = urlencode({"contract": filled["contract"]})
    return theirs, nothing


def _usual(module: Any) -> dict[str, Any]:
    """Every field of the schemas that a module works with, filled with something that they may well take."""
    found: dict[str, Any] = {}
    for _, schema in inspect.getmembers(module, lambda each: inspect.isclass(each) and issubclass(each, Schema)):
        try:
            made = schema()
        except TypeError:
            continue
        for name, declared in made.load_fields.items():
            if declared.metadata.get("widget") != "file":
                found[name] = _plausible(declared)
    return found


def _plausible(declared: Any) -> Any:
    inner = declared.inner if isinstance(declared, fields.List) else declared
    if isinstance(inner, fields.Enum):
        member = next(iter(inner.enum))
        return str(member.value if inner.by_value else member.name)
    for validator in inner.validators:
        if isinstance(validator, validate.OneOf):
            return str(next(iter(validator.choices)))
    if isinstance(inner, fields.DateTime | fields.NaiveDateTime):
        return clock.to_local(clock.now()).strftime("%Y-%m-%dT%H:%M")
    if isinstance(inner, fields.Date):
        return clock.today().isoformat()
    if isinstance(inner, fields.Boolean):
        return "true"
    if isinstance(inner, fields.Integer | fields.Decimal | fields.Float):
        return "5"
    return "照实填写的一句话" if declared.load_default is missing or declared.load_default == "" else ""


def _arguments(rule: Rule) -> list[str]:
    return re.findall(r"<(?:[^:<>]+:)?(\w+)>", rule.rule)


def _filled(rule: Rule, foreign: Foreign, row: Mapping[str, Any] | None) -> str:
    names = objects_of(rule)
    contract = _contract_of(row)

    def value(found: re.Match[str]) -> str:
        name = found["name"]
        key = f"{group_of(rule)}.{name}"
        if key in OF_ROW:
            column, nothing = OF_ROW[key]
            return nothing if row is None else str(row[column])
        if name in names:
            if row is None or name == names[-1]:
                return str(row["id"] if row is not None else NOBODYS)
            return _before(str(table_of(rule, name)), row, foreign, contract)
        if key in HANGING or name in HANGING:
            table, column = HANGING.get(key) or HANGING[name]
            held = [each for each in foreign.rows.get(table, []) if contract in (None, each["contract_id"])]
            return str(held[0][column]) if held else "x"
        if found["choices"]:
            return re.split(r"\W+", found["choices"].strip("\"' "))[0]
        return FIXED.get(key, FIXED.get(name, "x" if "uuid" not in found[0] else str(NOBODYS)))

    return re.sub(r"<(?:any\((?P<choices>[^)]*)\):|[^:<>]+:)?(?P<name>\w+)>", value, rule.rule)


def _before(table: str, row: Mapping[str, Any], foreign: Foreign, contract: Any) -> str:
    """The thing of an earlier part of the address, of which the last one is a part."""
    if table == "contracts":
        return str(contract)
    parent = next((row[name] for name in (f"{table[:-1]}_id", "subject_id") if name in row), None)
    return str(parent or foreign.ids[table][0])


def _contract_of(row: Mapping[str, Any] | None) -> Any:
    if row is None:
        return None
    return row["contract_id"] if "contract_id" in row else row["id"]


def _spread(rows: list[Any], most: int) -> list[Any]:
    """Some of the rows, of different contracts first."""
    seen: dict[Any, Any] = {}
    for row in rows:
        seen.setdefault(_contract_of(row), row)
    chosen = list(seen.values())[:most]
    return chosen + [row for row in rows if row not in chosen][: most - len(chosen)]
