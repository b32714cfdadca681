"""A vendor's person walks every page and every form of the console: nothing of another contract is there, or can be guessed.

The routes are those of the application, so a new one is walked too, or fails here until its arguments are known.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.routing import Rule

from server.admin.marks import access_of
from server.core import clock
from server.core.db import bound_to, db, session, unit
from server.domain import (
    agenda,
    contracts,
    documents,
    identity,
    payments,
    records,
    referrals,
    reports,
    signing,
    tickets,
    training,
    upkeep,
)
from server.domain.documents import DocumentFilters, DocumentState
from server.domain.identity import PERMISSIONS_OF, Role
from server.domain.reports import ProblemDraft, ProblemKind
from server.jobs.demo.years.present import play_present
from tests.factories import identity as people
from tests.factories import releases as ledger
from tests.factories import signing as papers
from tests.factories import training as lessons
from tests.factories import upkeep as field
from tests.factories.tickets import picture, upload
from tests.story import foreign, sweeping
from tests.story.conftest import LOOKED_AT, Played
from tests.story.sweeping import Answer, Sweep, Visitor

pytestmark = pytest.mark.slow
VENDORS = (Role.VENDOR_MAINTAINER, Role.VENDOR_MANAGER, Role.VENDOR_RELEASE_PUSHER)
HELD = frozenset().union(*(PERMISSIONS_OF[role] for role in VENDORS))
MOST = 2
PDF = b"%PDF-1.4\n%%EOF\n"
# Without a session, or about nobody's contract: the ways in, the programme's own files, the gallery, the first run.
OPEN = (
    "/admin/_gallery",
    "/admin/sign-",
    "/admin/static",
    "/admin/setup",
    "/admin/csp",
    "/admin/step-up",
    "/admin/home",
)
# What one does with one's own account or session, and would spoil the walk.
OWN = ("/admin/account",)


@dataclass(frozen=True)
class Walk:
    """The console with both years and today in it, and one person of each contract."""

    sweep: Sweep
    visitors: tuple[Visitor, ...]
    rules: tuple[Rule, ...]

    def of(self, method: str, *, objects: bool) -> Iterator[Rule]:
        """The rules that a vendor's person may ask, with or without a contract's thing in the address."""
        for rule in self.rules:
            if method in (rule.methods or ()) and bool(sweeping.objects_of(rule)) is objects:
                yield rule


@pytest.fixture(scope="module")
def walk(played_database: tuple[Any, Played]) -> Iterator[Walk]:
    app, played = played_database
    with clock.replaying(LOOKED_AT), app.app_context():
        connection = db.engine.connect()
        outer = connection.begin()
        limits = app.config.get("RATELIMIT_ENABLED")
        try:
            with bound_to(connection):
                play_present(played.cast)
                with unit():
                    _papers(played)
                found = tuple(_visitor(app, name, held) for name, held in _contracts(played).items())
                db.session.commit()
                db.session.remove()
                yield Walk(Sweep(app, connection), found, tuple(_rules(app)))
                db.session.remove()
        finally:
            app.config["RATELIMIT_ENABLED"] = limits
            outer.rollback()
            connection.close()


def test_every_page_about_a_thing_is_as_if_the_thing_were_not(walk):
    faults = [fault for rule in walk.of("GET", objects=True) for fault in _guessed(walk, rule, "GET")]
    assert faults == []


def test_every_step_on_a_thing_is_as_if_the_thing_were_not(walk):
    faults = [fault for rule in walk.of("POST", objects=True) for fault in _guessed(walk, rule, "POST")]
    assert faults == []


def test_no_page_shows_anything_of_another_contract(walk):
    faults = []
    for rule in walk.of("GET", objects=False):
        for who in walk.visitors:
            faults += _seen(who, f"{who.name} GET {rule.rule}", walk.sweep.ask(who, "GET", sweeping.plain(rule)))
    assert faults == []


def test_no_filter_and_no_search_tells_whether_it_exists(walk):
    faults = []
    for rule in walk.of("GET", objects=False):
        address = sweeping.plain(rule)
        for who in walk.visitors[:2]:
            for name, theirs, nothing in sweeping.queries(walk.sweep.app, rule, who.foreign):
                asked = [
                    walk.sweep.ask(who, "GET", f"{address}?{sweeping.urlencode({name: each})}").without(each)
                    for each in (theirs, nothing)
                ]
                faults += _differ(f"{who.name} GET {rule.rule}?{name}={theirs}", *asked)
                faults += _seen(who, f"{who.name} GET {rule.rule}?{name}={theirs}", asked[0])
    assert faults == []


def test_no_form_takes_or_tells_anything_of_another_contract(walk):
    faults = []
    for rule in walk.of("POST", objects=False):
        for who in walk.visitors[:2]:
            before = walk.sweep.counted(who)
            name, address = f"{who.name} POST {rule.rule}", sweeping.plain(rule)
            theirs, nothing = sweeping.form(walk.sweep.app, rule, who.foreign)
            answer, after = walk.sweep.lasting(who, "POST", address, theirs)
            answer, empty = answer.without(*_ids(theirs)), walk.sweep.ask(who, "POST", address, nothing)
            faults += _differ(name, answer, empty.without(*_ids(nothing)))
            faults += _seen(who, name, answer)
            faults += [f"{name} wrote {table}" for table in after if after[table] != before[table]]
    assert faults == []


def test_a_feed_has_the_own_contracts_days_only(walk):
    for who in walk.visitors:
        with walk.sweep.undone():
            secret = agenda.issue_feed(people.actor(who.name)).secret
            db.session.commit()
            fed = walk.sweep._asked(who, "GET", f"/admin/agenda/feed/{secret}.ics", None)
        assert fed.status == 200
        assert "BEGIN:VEVENT" in fed.body
        assert [*_seen(who, f"{who.name} feed", fed)] == []
    assert walk.sweep.ask(walk.visitors[0], "GET", "/admin/agenda/feed/none.ics").status == 404


def test_the_walk_looks_at_something(walk):
    """Each thing that an address can name is there under a contract that somebody may not see."""
    tables = {str(sweeping.table_of(rule, name)) for rule in walk.rules for name in sweeping.objects_of(rule)}
    missing = {each for each in tables if not any(who.foreign.ids.get(each) for who in walk.visitors)}
    assert missing == set()
    assert all(len(who.foreign.words) > 100 for who in walk.visitors)


def _guessed(walk: Walk, rule: Rule, method: str) -> Iterator[str]:
    for who in walk.visitors:
        nothing = walk.sweep.ask(who, method, sweeping.nowhere(rule, who.foreign), {})
        if nothing.status not in (403, 404):
            yield f"{who.name} {method} {rule.rule}: {nothing.status} for what does not exist"
        for address in sweeping.addresses(rule, who.foreign, MOST):
            told = walk.sweep.ask(who, method, address, {})
            name = f"{who.name} {method} {rule.endpoint} {address}"
            yield from _differ(
                name,
                told.without(address, *address.split("/")[3:]),
                nothing.without(
                    sweeping.nowhere(rule, who.foreign), *sweeping.nowhere(rule, who.foreign).split("/")[3:]
                ),
            )
            yield from _seen(who, name, told.without(address, *address.split("/")[3:]))


def _differ(name: str, theirs: Answer, nothing: Answer) -> Iterator[str]:
    if theirs != nothing:
        at = next((n for n, (a, b) in enumerate(zip(theirs.told(), nothing.told(), strict=False)) if a != b), 0)
        part = slice(max(at - 60, 0), at + 80)
        yield f"{name}: {theirs.status} {theirs.told()[part]!r}, for nothing {nothing.status} {nothing.told()[part]!r}"


def _seen(who: Visitor, name: str, answer: Answer) -> Iterator[str]:
    text = answer.told()
    words = [word for word in who.foreign.words if word in text]
    ids = set(sweeping.IDS.findall(text)) & who.foreign.every_id
    if words or ids:
        yield f"{name} ({answer.status}) shows {words[:5]} {[*ids][:3]}"


def _ids(form: dict[str, Any]) -> list[str]:
    return [form[name] for name in sweeping.TABLES if name in form] + [str(form["query"])]


def _contracts(played: Played) -> dict[str, uuid.UUID]:
    held = played.cast.contracts
    return {
        "of-a": played.a.contract_id,
        "of-b": played.b.contract_id,
        "of-mini": held.current.id,
        "of-data": held.exchange_current.id,
    }


def _visitor(app: Any, login: str, contract_id: uuid.UUID) -> Visitor:
    contract = session().get_one(contracts.Contract, contract_id)
    who = people.officer(
        login, roles=VENDORS, contract_id=contract_id, of=identity.find_organisation(contract.vendor_id)
    )
    form = people.with_csrf(app.test_client())
    cookie = form.get_cookie("form")
    assert cookie is not None
    headers = {
        "X-CSRFToken": form.environ_base["HTTP_X_CSRFTOKEN"],
        "Cookie": f"form={cookie.value}; {app.extensions['console_cookie']}={people.open_session(who)}",
    }
    return Visitor(login, headers, foreign.of(contract_id))


def _rules(app: Any) -> Iterator[Rule]:
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods or ()))):
        if rule.rule.startswith("/admin/") and not rule.rule.startswith(OPEN + OWN):
            access = access_of(app.view_functions[rule.endpoint])
            assert access is not None
            if access.permission is None or access.permission in HELD:
                yield rule


def _papers(played: Played) -> None:
    """What the years leave out: pictures, papers, accounts that wait, a release."""
    lin, zhou = played.today["lin"], played.today["zhou"]
    of_a, of_b = (played.a, "outage", "application_year_fee"), (played.b, "failure", "application_first")
    for year, ticket, application in (of_a, of_b):
        kept = upload(year.maintainer, picture())
        tickets.comment(year.maintainer, year.named[ticket], text="截图如附。", public=False, upload_ids=[kept.id])
        payments.attach(year.manager, payments.Subject.APPLICATION, year.named[application], name="发票.pdf", raw=PDF)
        payments.propose_payee(
            zhou,
            year.contract_id,
            name="新户名有限公司",
            bank="新开户银行",
            account="6222000011112222",
            reason="更换账户",
        )
        paper = records.take_paper(name="照片.pdf", raw=PDF)
        records.notify_completion(
            year.maintainer,
            contract_id=year.contract_id,
            title="附有照片的完工",
            content="已完成。",
            how_to_check="逐项操作。",
            items=[records.ItemDraft("一项", "可用")],
            uploads=[paper],
        )
    referrals.add_paper(lin, played.b.named["sheet"], name="报错.pdf", raw=PDF)
    mini = session().get_one(contracts.Contract, played.cast.contracts.current.id)
    ledger.pipeline(mini, login="qiao").push()
    _signing(played)
    _reporting(played)


def _signing(played: Played) -> None:
    """A scan that waits, and a package, under both years' contracts."""
    zhou = played.today["zhou"]
    for year in (played.a, played.b):
        waiting = DocumentFilters(contract_id=year.contract_id, states=(DocumentState.MAKING,))
        found = session().scalars(documents.matching(zhou, waiting))
        papers.scanned(zhou, papers.made(next(each for each in found if len(signing.sides_of(each)) > 1)))
        documents.start_archive(zhou, contract_id=year.contract_id)


def _reporting(played: Played) -> None:
    """A problem in a report of either contract of today, and files of a work and a training."""
    held = played.cast.contracts
    for login, contract_id in (("tang", held.current.id), ("bai", held.exchange_current.id)):
        who = played.today[login]
        report = next(each for each in reports.reports_of(who, contract_id) if each.state in reports.EDITABLE)
        draft = ProblemDraft(ProblemKind.TECHNICAL, f"{login} 的接口偶发超时")
        reports.put_problem(who, report.id, draft, seq=report.seq)
        photo = upkeep.take_paper(name="维护截图.pdf", raw=PDF)
        upkeep.note_work(who, contract_id, field.work_draft(), uploads=[photo])
        begin = clock.now() + timedelta(hours=1)
        contract = session().get_one(contracts.Contract, contract_id)
        row = lessons.planned(contract, who, planned_start=begin, planned_end=begin + timedelta(hours=1))
        handout = training.take_paper(name="讲义.pdf", raw=PDF)
        training.add_files(who, row.id, kind=training.FileKind.MATERIAL, uploads=[handout])
