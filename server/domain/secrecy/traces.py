"""The access and export log (A39): who took or looked at what, read from the audit trail; uploads that were refused.

Nothing is kept twice: the trail is the log. Faces write an entry for each file that leaves the house; views that export
write their own.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Invalid
from server.domain import identity
from server.domain.identity import Actor, AuditEntry, AuditFilters, Permission
from server.gateways.classified import Refusal

DOWNLOADED = "file.downloaded"
REFUSED = "upload.refused"
EXPORT_MOST = 20_000
MANY_AN_HOUR = 30
NIGHT_BEGINS, NIGHT_ENDS = 22, 6
# The endings of every action by which data leave the house or are shown unmasked: by them the page filters.
GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "download": (".downloaded", "paper_read"),
        "export": ("exported",),
        "unmask": ("unmasked",),
        "refused": (REFUSED,),
    }
)
GROUP_LABELS: Mapping[str, str] = MappingProxyType(
    {"download": "下载", "export": "导出", "unmask": "查看完整信息", "refused": "拒收涉密文件"}
)
ENDINGS = tuple(ending for group in GROUPS.values() for ending in group)


class TooManyTraces(Invalid):
    """More than one file may hold."""

    code = "access_log_too_large"
    message = f"一次最多导出 {EXPORT_MOST} 条，请缩小时间范围。"


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceFilters:
    """Which entries: all conditions together."""

    group: str = ""
    actor_id: uuid.UUID | None = None
    contract_id: uuid.UUID | None = None
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something to ask about: many in an hour, or at night. A hint, not a finding."""

    kind: str
    actor_id: uuid.UUID | None
    name: str
    organisation: str
    since: datetime
    count: int


def may_read(actor: Actor) -> bool:
    """Whether the log is open to the actor: the bureau's administrator and its auditor."""
    return actor.may(Permission.TRACE_VIEW)


def matching(actor: Actor, filters: TraceFilters | None = None) -> sa.Select[tuple[AuditEntry]]:
    """The entries, newest first."""
    actor.need(Permission.TRACE_VIEW)
    asked = filters or TraceFilters()
    wanted = AuditFilters(actor_id=asked.actor_id, text=asked.text, since=asked.since, until=asked.until)
    query = identity.entries_of(GROUPS.get(asked.group, ENDINGS), wanted)
    if asked.contract_id is not None:
        # changes are kept as text with sorted keys, so the id stands in it as it is written
        mentioned = sa.type_coerce(AuditEntry.changes, sa.Text).contains(str(asked.contract_id))
        by_vendor = AuditEntry.actor_id.in_(_people_of(asked.contract_id))
        query = query.where(sa.or_(mentioned, by_vendor))
    return query


def group_of(action: str) -> str:
    """Which group an action belongs to."""
    return next((name for name, endings in GROUPS.items() if action.endswith(endings)), "")


def contracts_of(entries: Iterable[AuditEntry]) -> dict[uuid.UUID, list[uuid.UUID]]:
    """The contracts that each entry belongs to: the one that it names, else those of the person's roles."""
    rows = list(entries)
    roles = identity.roles_of({row.actor_id for row in rows if row.actor_id is not None})
    found: dict[uuid.UUID, list[uuid.UUID]] = {}
    for row in rows:
        named = row.changes.get("contract")
        if named and named[-1]:
            found[row.id] = [uuid.UUID(named[-1])]
        elif row.actor_id is not None:
            held = {contract for _, contract in roles.get(row.actor_id, []) if contract is not None}
            found[row.id] = sorted(held, key=str)
        else:
            found[row.id] = []
    return found


def export(actor: Actor, filters: TraceFilters, *, told: str) -> Sequence[AuditEntry]:
    """The entries to be taken out, and an entry that says so."""
    query = matching(actor, filters)
    if identity.count_of(query) > EXPORT_MOST:
        raise TooManyTraces
    found = session().scalars(query).all()
    identity.record(
        actor,
        "access_log.exported",
        summary=f"导出访问与导出日志 {len(found)} 条：{told}",
        changes={"count": [None, len(found)]},
    )
    return found


def oddities(actor: Actor, *, days: int = 30) -> list[Oddity]:
    """Who took many things within an hour, or things at night, in the last days; the newest first."""
    since = clock.now() - timedelta(days=days)
    query = matching(actor, TraceFilters(since=since)).where(AuditEntry.action != REFUSED)
    rows = session().scalars(query.order_by(None).order_by(AuditEntry.at, AuditEntry.id).limit(EXPORT_MOST)).all()
    hours: dict[tuple[uuid.UUID | None, datetime], list[AuditEntry]] = {}
    nights: dict[tuple[uuid.UUID | None, datetime], list[AuditEntry]] = {}
    for row in rows:
        local = clock.to_local(row.at)
        hours.setdefault((row.actor_id, local.replace(minute=0, second=0, microsecond=0)), []).append(row)
        if local.hour >= NIGHT_BEGINS or local.hour < NIGHT_ENDS:
            night = (local - timedelta(hours=NIGHT_ENDS)).replace(hour=0, minute=0, second=0, microsecond=0)
            nights.setdefault((row.actor_id, night), []).append(row)
    found = [
        _oddity("一小时内大量下载或导出", key[0], each) for key, each in hours.items() if len(each) >= MANY_AN_HOUR
    ]
    found += [_oddity("夜间下载或导出", key[0], each) for key, each in nights.items()]
    return sorted(found, key=lambda each: each.since, reverse=True)


def note_download(
    actor: Actor, *, name: str, path: str, subject: str = "", contract_id: uuid.UUID | None = None
) -> None:
    """Leave in the trail that a file left the house."""
    identity.record(
        actor,
        DOWNLOADED,
        subject=("file", subject or path),
        summary=f"下载 {name}",
        changes={"path": [None, path], "contract": [None, str(contract_id) if contract_id else None]},
    )


def note_refused(actor: Actor, refusals: Sequence[Refusal], *, path: str) -> None:
    """Leave in the trail that files with the mark of a state secret were turned away: not their names, not their content."""
    for each in refusals:
        identity.record(
            actor,
            REFUSED,
            subject=("route", path),
            summary=f"拒收疑似涉密文件：标志“{each.level}”，见于{each.where}，{each.size} 字节，未保存",
            changes={"level": [None, each.level], "where": [None, each.where]},
            result="refused",
        )


def _oddity(kind: str, actor_id: uuid.UUID | None, rows: Sequence[AuditEntry]) -> Oddity:
    first = rows[0]
    return Oddity(kind, actor_id, first.actor_name, first.organisation, first.at, len(rows))


def _people_of(contract_id: uuid.UUID) -> list[uuid.UUID]:
    able = identity.officers_for(contract_id, Permission.SECRECY_VIEW)
    roles = identity.roles_of([officer.id for officer in able])
    return [each.id for each in able if any(held == contract_id for _, held in roles.get(each.id, []))]
