"""The personal calendar feed: its page, and the feed itself, which knows its reader by the secret in its address."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from flask import Blueprint, Response, current_app, request

from server.admin.access import current_actor, needs, open_to_all
from server.admin.agenda_words import link_of, when
from server.admin.pages import page, redirect_to, toast
from server.core import clock
from server.core.errors import TooMany
from server.core.ids import digest
from server.domain import agenda
from server.domain.agenda import Entry, EntryKind, Urgency
from server.domain.identity import Permission
from server.gateways import icalendars
from server.gateways.icalendars import Event
from server.gateways.limits import Limiter
from server.settings import Settings

blueprint = Blueprint("agenda_feed", __name__, url_prefix="/admin/agenda")

REFRESH = timedelta(hours=1)
DAY_BEFORE = timedelta(days=1)
HOUR_BEFORE = timedelta(hours=1)
# A feed costs what a month's page costs, and is asked for without a session: guesses by address, readers by feed.
BY_ADDRESS, BY_FEED = "60/minute", "120/hour"


@blueprint.get("/subscription")
@needs(Permission.AGENDA_VIEW)
def show() -> Response:
    """Whether there is an address, and how to make or stop one."""
    return page("agenda/feed.html", feed=agenda.feed_of(current_actor()), address="")


@blueprint.post("/subscription")
@needs(Permission.AGENDA_VIEW)
def issue() -> Response:
    """A new address, shown this once; the former one stops."""
    made = agenda.issue_feed(current_actor())
    return page("agenda/feed.html", feed=made.feed, address=_address(made.secret))


@blueprint.post("/subscription/revoke")
@needs(Permission.AGENDA_VIEW)
def revoke() -> Response:
    """The address stops at once."""
    if agenda.revoke_feed(current_actor()):
        toast("已撤销订阅地址")
    return redirect_to("agenda_feed.show")


@blueprint.get("/feed/<string:secret>.ics")
@open_to_all
def feed(secret: str) -> Response:
    """The feed: only what its officer may see now. Unknown, revoked or an officer who has left: 404."""
    _count(BY_ADDRESS, request.remote_addr or "")
    actor = agenda.actor_by_feed(secret)
    _count(BY_FEED, secret)
    events = _events(agenda.feed_entries(actor), agenda.policy())
    body = icalendars.feed(f"履约日历（{actor.name}）", events, stamped_at=clock.now(), refresh=REFRESH)
    answer = Response(body, content_type=icalendars.TYPE)
    answer.headers["Content-Disposition"] = "inline; filename=agenda.ics"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _count(rules: str, key: str) -> None:
    """TooMany if the rules are used up; keys are stored as digests."""
    limiter: Limiter | None = current_app.extensions.get("shijian_limiter")
    wait = limiter.hit(rules, request.endpoint or "", digest(key)) if limiter else 0
    if wait:
        raise TooMany(retry_after=wait)


def _events(entries: Iterable[Entry], held: agenda.Policy) -> Iterable[Event]:
    host = _settings().base_url.split("://", 1)[-1].split("/", 1)[0]
    for entry in entries:
        if entry.due_on is None:
            continue
        yield Event(
            uid=f"{entry.kind.value}-{entry.object_id.replace(':', '-')}@{host}",
            title=_title(entry),
            text="\n".join(_lines(entry)),
            on=entry.due_on,
            at=entry.due_at if entry.timed else None,
            url=f"{_settings().base_url}{link_of(entry)}",
            category=entry.kind.label,
            done=entry.urgency is Urgency.DONE,
            tentative=entry.provisional,
            remind=_remind(entry, held),
        )


def _title(entry: Entry) -> str:
    mark = "✓ " if entry.urgency is Urgency.DONE else ("【逾期】" if entry.urgency is Urgency.LATE else "")
    return f"{mark}{entry.title}{'（暂定）' if entry.provisional else ''}"


def _lines(entry: Entry) -> Iterable[str]:
    yield f"{entry.kind.label}，{entry.label or entry.urgency.label}"
    if when(entry):
        yield f"截止 {entry.due_on} {when(entry)}"
    if entry.note:
        yield entry.note
    if entry.provisional:
        yield "所涉年份放假安排尚未公布，日期为暂定。"


def _remind(entry: Entry, held: agenda.Policy) -> timedelta | None:
    """Programs remind by themselves: the day before at the hour when our own reminders begin, or an hour ahead."""
    if entry.urgency in (Urgency.DONE, Urgency.LATE):
        return None
    if entry.timed or entry.kind in (EntryKind.TICKET, EntryKind.DUTY_GAP):
        return HOUR_BEFORE
    return DAY_BEFORE - timedelta(hours=held.opens.hour, minutes=held.opens.minute)


def _address(secret: str) -> str:
    return f"{_settings().base_url}/admin/agenda/feed/{secret}.ics"


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
