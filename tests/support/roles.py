"""Every route as every role: a town in one transaction, one of each thing, and what each caller is answered.

``python -m tests.support.roles`` writes tests/contract/routes.json anew; read the difference before you commit it.
"""

from __future__ import annotations

import json
import re
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from server.app import Service, create_app
from server.core import clock
from server.core.db import Base, bound_to, db, session
from server.domain import contracts, flags, identity, notices, releases, tickets
from server.domain.identity import SCHEDULER, Permission, Role
from server.gateways import queue
from tests.conftest import make_settings
from tests.factories import citizens
from tests.factories import identity as people
from tests.factories import releases as ledger
from tests.factories import tickets as desk
from tests.factories.flags import change, flag_document, for_segment, published, segment_document
from tests.support import role_things, town
from tests.support.town import Town

WEDNESDAY = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
TABLE = Path(__file__).parents[1] / "contract" / "routes.json"
METHODS = ("GET", "POST", "PUT", "DELETE")
OFFICERS = {
    "bureau_handler": "lin",
    "bureau_administrator": "zhou",
    "bureau_auditor": "shen",
    "system_administrator": "chen",
    "vendor_maintainer": "zheng",
    "vendor_manager": "tong",
    "vendor_release_pusher": "pusher",
    "other_vendor": "bai",
}
CALLERS = ("anonymous", "citizen", "other_citizen", "token", *OFFICERS)
GROUPS = {"everybody": CALLERS, "no_officer": tuple(caller for caller in CALLERS if caller not in OFFICERS)}
# What was answered, from the guards' point of view. A form that is refused for its content has passed them.
YES, NO, UNSEEN, SIGN_IN = "yes", "no", "unseen", "sign_in"
# Bodies that reach the verb, where only the verb knows whose the object is.
BODIES: Mapping[str, Mapping[str, Any]] = {
    "api.tickets.comment": {"text": "补充一句。"},
    "api.tickets.rate": {"stars": 5},
    "api.tickets.reopen": {"reason": "没有好。"},
    "api.tickets.cancel": {"reason": "不用了。"},
    "vendor.releases.take": {"step": releases.Step.UPLOAD},
}
# Forms of two steps carry what the first one chose in their address.
QUERIES: Mapping[str, str] = {
    "people.appoint": "organisation={organisation_id}",
    "tokens.issue": "officer={officer_id}",
}
Table = dict[str, dict[str, str]]


@dataclass
class World:
    """One of each thing, and each caller's way in."""

    app: Service
    town: Town
    connection: sa.Connection
    things: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)

    def path(self, rule: Rule) -> str:
        """The rule's address with the ids of the things of its view, its page group, or their usual ones."""
        group = rule.endpoint.split(".")[-2] if "." in rule.endpoint else rule.endpoint

        def value(found: re.Match[str]) -> str:
            name = found["name"]
            keys = (f"{rule.endpoint}.{name}", f"{group}.{name}", name)
            return str(next((self.things[key] for key in keys if key in self.things), None))

        filled = re.sub(r"<(?:[^:<>]+:)?(?P<name>\w+)>", value, rule.rule)
        assert "None" not in filled, f"no thing for {rule.rule} ({rule.endpoint}): add one to tests/support/roles.py"
        query = QUERIES.get(rule.endpoint, "").format(**self.things)
        return f"{filled}?{query}" if query else filled

    def ask(
        self, caller: str, method: str, rule: Rule, *, token: bool = True, stepped_up: bool = True
    ) -> tuple[int, str]:
        """Status and Location of one request, which is undone. ``token``: with the form's; ``stepped_up``: just now."""
        undone = self.connection.begin_nested()
        try:
            if not stepped_up:
                self.connection.execute(sa.update(identity.OfficerSession).values(stepped_up_at=None))
            headers = {**self.headers[caller], "Idempotency-Key": uuid.uuid4().hex}
            if not token:
                del headers["X-CSRFToken"]
            body = dict(BODIES.get(rule.endpoint, {})) if rule.rule.startswith("/api/") and method != "GET" else None
            client = FlaskClient(self.app, self.app.response_class, use_cookies=False)
            with (
                self.app.app_context(),
                client.open(self.path(rule), method=method, headers=headers, json=body) as answer,
            ):
                return answer.status_code, answer.headers.get("Location", "")
        finally:
            db.session.remove()
            undone.rollback()


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """An application on an empty SQLite file, with people and things, all in one transaction that is thrown away.

    It stands on one Wednesday morning: what is due, and so whether there is an alert, depends on the day.
    """
    settings = make_settings(
        folder,
        database_url=f"sqlite:///{folder / 'roles.db'}",
        rate_limits=False,
        two_factor_required=False,
        step_up_minutes=60,
    )
    app = create_app(settings)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        connection = db.engine.connect()
        outer = connection.begin()
        try:
            with bound_to(connection), clock.replaying(WEDNESDAY):
                made = _peopled(app, connection)
                db.session.commit()
                db.session.remove()
                yield made
                db.session.remove()
        finally:
            outer.rollback()
            connection.close()
            db.engine.dispose()


def walk(here: World) -> Table:
    """Ask every route as every caller; each request is undone before the next."""
    table: Table = {}
    for rule in sorted(here.app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods or ()))):
        for method in METHODS:
            if method in (rule.methods or ()):
                told: dict[str, list[str]] = {}
                for caller in CALLERS:
                    told.setdefault(_word(f"{method} {rule.rule}", *here.ask(caller, method, rule)), []).append(caller)
                table[f"{method} {rule.rule}"] = {word: _named(told[word]) for word in sorted(told)}
    return table


def write(table: Table) -> str:
    """The table as it is committed: one line for each route and answer, callers in a steady order."""
    return json.dumps(table, ensure_ascii=False, indent=1) + "\n"


def callers_in(named: str) -> list[str]:
    """The callers that an entry of the table names."""
    return [caller for name in named.split() for caller in GROUPS.get(name, (name,))]


def _named(callers: list[str]) -> str:
    return next((name for name, group in GROUPS.items() if tuple(callers) == group), " ".join(callers))


def _word(route: str, status: int, location: str) -> str:
    # WeChat is away in this world, which is told as 503
    assert status < 500 or status == 503, f"{route} breaks: {status}"
    if status == 401 or "/admin/sign-in" in location:
        return SIGN_IN
    return {403: NO, 404: UNSEEN}.get(status, YES)


def _peopled(app: Service, connection: sa.Connection) -> World:
    made = World(app, town.found(app), connection)
    people.officer("pusher", roles=[Role.VENDOR_RELEASE_PUSHER], contract_id=made.town.mini_program)
    made.things = _things(made.town)
    form = people.with_csrf(app.test_client())
    cookie = form.get_cookie("form")
    assert cookie is not None
    form_token = {"X-CSRFToken": form.environ_base["HTTP_X_CSRFTOKEN"]}
    for caller in CALLERS:
        made.headers[caller] = {**form_token, "Cookie": f"form={cookie.value}"}
    made.headers["citizen"] |= {"Authorization": citizens.bearer("wang")["Authorization"]}
    made.headers["other_citizen"] |= {"Authorization": citizens.bearer("zhao")["Authorization"]}
    made.headers["token"] |= {"Authorization": f"Bearer {_token(made.town).secret}"}
    for caller, login in OFFICERS.items():
        secret = people.open_session(_officer(login))
        made.headers[caller]["Cookie"] += f"; {app.extensions['console_cookie']}={secret}"
    return made


def _officer(login: str) -> identity.Officer:
    return session().query(identity.Officer).filter_by(login=login).one()


def _token(made: Town) -> identity.IssuedToken:
    return identity.issue_token(
        SCHEDULER,
        officer_id=_officer("pusher").id,
        name="流水线",
        scopes=[Permission.RELEASE_PUSH, Permission.FLAG_VIEW],
        days=30,
        contract_id=made.mini_program,
    )


def _things(made: Town) -> dict[str, Any]:
    """One of each, by the name that it has in addresses; where two page groups share a name, with the group's."""
    lin, zheng, wang = people.actor("lin"), people.actor("zheng"), citizens.actor("wang")
    picture = desk.upload(wang)
    ticket = desk.ticket(wang, contract_id=made.mini_program, upload_ids=[picture.id])
    tickets.respond(zheng, ticket.id, text="已收到。")
    notice = notices.draft_notice(SCHEDULER, title="窗口调整", body="照常办理。", audience=notices.Audience.CITIZENS)
    shown = notices.draft_notice(SCHEDULER, title="新版上线", body="请更新。", audience=notices.Audience.CITIZENS)
    notices.publish(SCHEDULER, shown)
    message = notices.tell(wang.id or uuid.uuid4(), "ticket_answered", {}, dedupe_key="roles")
    entry = session().query(identity.AuditEntry).order_by(identity.AuditEntry.id).first()
    asked = identity.delete_citizen(citizens.actor("li"), due_on=None)
    token = _token(made).token
    pipeline = ledger.pipeline(session().get_one(contracts.Contract, made.mini_program), login="tong")
    release = pipeline.push().release
    session().flush()
    terms = contracts.terms_of(made.mini_program)
    return {
        "ticket_id": ticket.id,
        "api.tickets.id": ticket.id,
        "tickets.id": ticket.id,
        "uploads.id": picture.id,
        "notices.id": shown.id,
        "attachment_id": picture.id,
        "view_id": tickets.save_view(lin, name="未办结", query="state=open").id,
        "ticket.check_id": tickets.checks_of(ticket.id)[ticket.id].id,
        "audit.check_id": identity.begin_check(people.actor("shen")).id,
        "entry_id": entry.id if entry else None,
        "session_id": session().query(identity.OfficerSession).limit(1).one().id,
        "contract_id": made.mini_program,
        "finding": terms.findings[0].key,
        "release_id": release.id,
        "releases.id": release.id,
        "source_maps.id": release.id,
        "release_keys.key_id": pipeline.key.id,
        "environment": "release",
        **_flags(),
        "year": 2027,
        "day": "2027-03-01",
        "job_id": queue.put("probe.effect", {"name": "roles"}).id,
        "message_id": message.id,
        "key": "ticket_answered",
        "notice_id": notice.id,
        "organisation_id": _officer("bai").organisation_id,
        "officer_id": made.people["zheng"],
        "request_id": asked.id,
        "token_id": token.id,
        "status": 409,
        "kind": "success",
        "build": "none",
        "wechat.appid": "wx0123456789abcdef",
        "name": "none.js",
        "token": tickets.media_token(picture.id, minutes=60),
        **role_things.things(made.mini_program, ticket.id),
    }


def _flags() -> dict[str, Any]:
    """A flag and a segment, where no approval is asked for."""
    published(segment_document("testers"), flag_document("new-search", rules=[for_segment("testers")]))
    named = {f"{group}.environment": "develop" for group in ("flags", "flag_edit", "flag_segments")}
    keys = {f"{group}.key": "new-search" for group in ("flags", "flag_edit", "flag_history")}
    request = flags.propose(
        SCHEDULER,
        flags.Environment.RELEASE,
        [change(flags.Environment.RELEASE, flag_document("asked-for"))],
        reason="待审批",
    )
    issued = flags.issue_key(SCHEDULER, flags.Environment.RELEASE, name="大屏")
    mine = ("flag_revisions", "flag_exchange", "flag_stale")
    return (
        named
        | keys
        | {f"{group}.environment": "develop" for group in mine}
        | {
            "flag_segments.key": "testers",
            "flag_stale.key": "new-search",
            "flag_revisions.number": 1,
            "flag_requests.request_id": request.id,
            "flag_keys.key_id": issued.row.id,
        }
    )


def main() -> None:
    """Write the table anew."""
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as here:
        TABLE.write_text(write(walk(here)), encoding="utf-8")


if __name__ == "__main__":
    main()
