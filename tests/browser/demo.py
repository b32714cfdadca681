"""The demo as ``make run`` brings it up, for a browser: its people signed in, and the addresses of its console."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from playwright.sync_api import BrowserContext

from server.admin.marks import Access, access_of
from server.core import clock
from server.core.db import session, unit
from server.domain.identity import PERMISSIONS_OF
from server.domain.reports import ReportVersion
from server.jobs.demo.environment import whole
from server.jobs.demo.launch import running
from server.jobs.demo.people import PASSWORD, PEOPLE
from tests.factories import identity as people
from tests.factories.forms import signed_record
from tests.support import town
from tests.support.browsing import Browser

COOKIE = "sid"
UUID = r"[0-9a-f]{8}-[0-9a-f-]{27}"
# No pages of people, or pages that another journey sees: files, fragments, redirects, and what is shut once somebody exists.
ELSEWHERE = {
    "acceptances.file",
    "agenda_feed.feed",
    "agreements.file",
    "canned_texts.edit",
    "contract_entry.edit",
    "deliverable.file",
    "deliverables.export",
    "document_box.show",
    "document_runs.archive",
    "document_signing.drawing",
    "document_signing.scan",
    "document_signing.scan_leaf",
    "document_templates.default",
    "document_templates.file",
    "document_templates.preview",
    "document_templates.preview_default",
    "documents.file",
    "documents.leaf",
    "payments.file",
    "records.file",
    "sheet_papers.show",
    "staff.paper",
    "upkeep.file",
    "staff_replacements.foresee",
    "console_assets.file",
    "dashboard.start",
    "gallery.error",
    "jobs.figures",
    "session.home",
    "session.second",
    "session.sign_in",
    "setup.bureau",
    "setup.index",
    "ticket.picture",
    "ticket.thumbnail",
    "training_steps.file",
}


# Things whose first one is as good as any: where they are, and the list that names them if it is not there.
UNDER = {
    "application_id": "referrals/applications/",
    "article_id": "knowledge/",
    "call_id": "duty/calls/",
    "completion_id": "acceptances/",
    "database_id": "referrals/databases/ referrals/liaison/",
    "liaison_id": "referrals/liaison/",
    "maintainer_id": "staff/",
    "material_id": "records/materials/ records/",
    "matters.key": "penalties/matters/",
    "payment.key": "payments/",
    "penalties.key": "penalties/",
    "rectification.key": "penalties/orders/",
    "replacement_id": "staff/replacements/",
    "requirement_id": "referrals/requirements/",
    "session_id": "records/sessions/ records/sessions",
    "sheet_id": "referrals/sheets/ referrals/",
    "shift_id": "duty/shifts/ duty/",
    "subcontract_id": "staff/subcontracts/",
    "handover_id": "secrecy/handovers/",
    "incident_id": "secrecy/incidents/",
    "item_id": "secrecy/items/ secrecy/",
    "promise_id": "secrecy/promises/",
    "training_id": "trainings/",
    "contingency.plan_id": "upkeep/plans/",
    "inspection_id": "upkeep/inspections/",
    "upkeep.entry_id": "upkeep/works/ upkeep/",
    "upkeep_entry.entry_id": "upkeep/works/ upkeep/",
}


@dataclass
class Demo:
    """A running demo: ``url`` of the service, ``simulator`` of WeChat and the mini program that a person can play."""

    url: str
    simulator: str
    environ: dict[str, str]
    _signed_in: dict[str, Browser] = field(default_factory=dict)

    def officer(self, login: str) -> Browser:
        """An officer without scripts, signed in once."""
        if login not in self._signed_in:
            self._signed_in[login] = self._entered(login)
        return self._signed_in[login]

    def _entered(self, login: str) -> Browser:
        browser = Browser(self.url)
        assert "/sign-in" not in browser.sign_in(login, PASSWORD).url
        return browser

    def enter(self, context: BrowserContext, login: str) -> BrowserContext:
        """Let a real browser be signed in as that officer, a moment ago: what asks for a fresh password does not ask yet.

        In a session of its own: where the browser gives its password again, the session's cookie changes.
        """
        browser = self._entered(login)
        context.add_cookies([{"name": COOKIE, "value": str(browser.http.cookies[COOKIE]), "url": self.url}])
        browser.close()
        return context

    def first(self, login: str, path: str, pattern: str) -> str:
        """The id in the first address of this kind on a page."""
        shown = self.officer(login).get(path)
        found = re.search(pattern, shown.html)
        assert found, (
            f"{pattern} is not on {path}, which {login} sees as {shown.status} {shown.path}: {shown.text[:600]}"
        )
        return found.group(1)

    def sign_service_record(self, ticket: str) -> None:
        """The service record of the ticket at this address is signed by both; how, is another journey's story."""
        with town.application(self.environ) as app, app.app_context(), unit():
            signed_record(people.actor("tang"), uuid.UUID(ticket.rpartition("/")[2]))

    def close(self) -> None:
        """Give the connections back."""
        for browser in self._signed_in.values():
            browser.close()


@contextmanager
def running_demo(folder: Path) -> Iterator[Demo]:
    """The demo in a folder of its own, on free ports."""
    environ = whole(folder, ports=(0, 0)) | {"GUNICORN_WORKERS": "1"}
    with (folder / "output.log").open("wb") as output, running(environ, output) as (settings, _):
        demo = Demo(settings.base_url, settings.simulator_url, environ)
        try:
            yield demo
        finally:
            demo.close()


def addresses(demo: Demo) -> list[tuple[str, str]]:
    """Every page of the console with somebody who may see it: (login, path). Ids are those of the demo's own things."""
    samples = _samples(demo)
    powers = _powers()
    found = []
    with town.application(demo.environ) as app:
        for rule in app.url_map.iter_rules():
            if not rule.rule.startswith("/admin/") or "GET" not in (rule.methods or ()) or rule.endpoint in ELSEWHERE:
                continue
            access = access_of(app.view_functions[rule.endpoint])
            assert access is not None, rule.rule
            group, login = rule.endpoint.split(".")[0], _somebody(access, powers)
            values: Mapping[str, Any] = {
                name: samples.get(f"{login}.{name}") or samples.get(f"{group}.{name}") or samples[name]
                for name in rule.arguments
            }
            path = rule.rule
            for name, value in values.items():
                path = re.sub(rf"<(?:\w+:)?{name}>", str(value), path)
            found.append((login, path))
    return sorted(found)


def _samples(demo: Demo) -> dict[str, str]:
    """One thing of each kind, by the name that it has in addresses; where page groups share a name, with the group's."""
    checks = demo.officer("shen").submit(demo.officer("shen").get("/admin/audit/checks/"), "/admin/audit/checks/")
    assert checks.status == 200, checks.text
    return (
        {
            "ticket_id": demo.first("zhou", "/admin/tickets/?q=公告", rf"/admin/tickets/({UUID})"),
            "notice_id": demo.first("zhou", "/admin/notices/", rf"/admin/notices/({UUID})"),
            "contract_id": demo.first("zhou", "/admin/contracts/", rf"/admin/contracts/({UUID})"),
            "officer_id": demo.first("admin", "/admin/people/", rf"/admin/people/({UUID})"),
            "organisation_id": demo.first("admin", "/admin/organisations/", rf"/admin/organisations/({UUID})"),
            "release_id": demo.first("zhou", "/admin/releases/all", rf"/admin/releases/({UUID})"),
            "message_id": demo.first("admin", "/admin/messages/", rf"/admin/messages/({UUID})"),
            "job_id": demo.first("admin", "/admin/jobs/", rf"/admin/jobs/({UUID})"),
            "entry_id": demo.first("shen", "/admin/audit/", rf"/admin/audit/({UUID})"),
            "check_id": demo.first("shen", "/admin/audit/checks/", rf"/admin/audit/checks/({UUID})"),
            "key": "ticket_answered",
            "flags.key": "new-search",
            "flag_edit.key": "new-search",
            "flag_history.key": "new-search",
            "flag_segments.key": "testers",
            "flag_requests.request_id": demo.first(
                "zhou", "/admin/flag-requests/?box=all", rf"/admin/flag-requests/({UUID})"
            ),
            "environment": "develop",
            "sort": "works",
            "drill_id": _a_drill(demo),
            "number": "1",
            "day": clock.today().isoformat(),
        }
        | _contract_samples(demo)
        | _paper_samples(demo)
    )


def _a_drill(demo: Demo) -> str:
    """A drill is reached from its plan."""
    zhou = demo.officer("zhou")
    plans = re.findall(rf"/admin/upkeep/plans/({UUID})", zhou.get("/admin/upkeep/plans/").html)
    shown = "".join(zhou.get(f"/admin/upkeep/plans/{plan}").html for plan in dict.fromkeys(plans))
    found = re.search(rf"/admin/upkeep/plans/drills/({UUID})", shown)
    assert found, "no plan was drilled"
    return found.group(1)


def _contract_samples(demo: Demo) -> dict[str, str]:
    """What lies under the contracts: found by the bureau, or by the vendor's manager where only they have the page."""
    found = {}
    for name, told in UNDER.items():
        place, *lists = told.split()
        found[name] = demo.first("zhou", f"/admin/{[*lists, place][0]}", rf"/admin/{place}({UUID})")
    deliverable = rf"/admin/deliverables/({UUID}/[\w-]+/[\d-]+)"
    contract, key, cycle_on = demo.first("zhou", "/admin/deliverables/", deliverable).split("/")
    plan = demo.first("zhou", "/admin/payments/", rf"/admin/payments/contracts/({UUID})")
    mini = demo.first("qiao", "/admin/contracts/", rf"/admin/contracts/({UUID})")
    waiting = demo.first("zhou", "/admin/acceptances/?state=received", rf"/admin/acceptances/({UUID})")
    return found | {
        "deliverable.contract_id": contract,
        "deliverable.key": key,
        "cycle_on": cycle_on,
        "payments.contract_id": plan,
        "milestone": "first",
        "supplements.contract_id": mini,
        "supplement_id": demo.first(
            "zhou", f"/admin/contracts/{mini}?tab=supplements", rf"/admin/contracts/{UUID}/supplements/({UUID})"
        ),
        "acceptance_steps.completion_id": waiting,
        "qiao.contract_id": mini,
        "qiao.milestone": "year_fee",
        "qiao.maintainer_id": demo.first("qiao", "/admin/staff/", rf"/admin/staff/({UUID})"),
        "contracts.contract_id": mini,
        "clause_id": demo.first("zhou", f"/admin/contracts/{mini}?tab=clauses", r"/clauses/(\w+)"),
    }


def _paper_samples(demo: Demo) -> dict[str, str]:
    """Papers and reports. What a demo's year does not leave behind is asked for here: a package."""
    zhou = demo.officer("zhou")
    mini = demo.first("qiao", "/admin/contracts/", rf"/admin/contracts/({UUID})")
    packed = zhou.submit(zhou.get("/admin/documents/runs/"), "/archive", contract=mini)
    with town.application(demo.environ) as app, app.app_context():
        report = session().scalars(sa.select(ReportVersion.report_id).order_by(ReportVersion.id.desc())).first()
    return {
        "document_id": demo.first("zhou", "/admin/documents/", rf"/admin/documents/({UUID})"),
        "document_signing.document_id": demo.first(
            "zhou", "/admin/documents/to-sign", rf"/admin/documents/({UUID})/sign"
        ),
        "run_id": packed.path.rsplit("/", 1)[1],
        "kind_code": demo.first("zhou", "/admin/documents/templates/", r"/admin/documents/templates/(\w+)"),
        "report_id": str(report),
        "report.key": demo.first("zhou", f"/admin/reports/{report}", r"/figures/([\w.]+)"),
    }


def _powers() -> dict[str, frozenset[Any]]:
    return {person.login: frozenset().union(*(PERMISSIONS_OF[role] for role in person.roles)) for person in PEOPLE}


def _somebody(access: Access, powers: Mapping[str, frozenset[Any]]) -> str:
    if access.anyone:
        return ""
    if access.permission is None:
        return "zhou"
    return next(
        login for login in ("zhou", "tang", "admin", "shen", "lin", "qiao") if access.permission in powers[login]
    )
