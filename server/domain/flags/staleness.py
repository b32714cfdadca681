"""Flags that have done their work: long unchanged and the same for everybody, not asked for, or past their planned end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import run, session, table
from server.core.enums import Labelled
from server.core.errors import Invalid
from server.domain import identity
from server.domain.flags import access
from server.domain.flags.access import FlagNotFound
from server.domain.flags.content import content, tree
from server.domain.flags.environments import Environment
from server.domain.flags.models import FlagChange, FlagSnooze, Subject
from server.domain.flags.objects import Document
from server.domain.flags.policy import checked_reason, policy
from server.domain.identity import Actor, Permission

LONGEST_SNOOZE = timedelta(days=366)


class StaleReason(Labelled):
    """Why a flag is called stale."""

    SETTLED = "settled", "长期未改，所有人结果相同"
    UNUSED = "unused", "长期没有程序读取"
    OVERDUE = "overdue", "已过计划下线日期"


@dataclass(frozen=True, slots=True)
class Stale:
    """One flag that could go. ``days`` since its last change here; ``serves`` the one variant, if there is one."""

    key: str
    name: str
    owner: str
    reasons: tuple[StaleReason, ...]
    changed_at: datetime
    days: int
    serves: str | None
    last_used: date | None
    snoozed_until: date | None = None
    snooze_reason: str = ""


_changes, _snoozes = table(FlagChange), table(FlagSnooze)
_LAST_CHANGED = (
    sa.select(_changes.c.key, sa.func.max(_changes.c.created_at).label("at"))
    .where(_changes.c.environment == sa.bindparam("of"), _changes.c.subject == Subject.FLAG)
    .group_by(_changes.c.key)
)


def stale(
    actor: Actor,
    environment: Environment,
    used: Mapping[str, date] | None = None,
    *,
    silenced: bool = False,
) -> list[Stale]:
    """The stale flags of an environment, longest unchanged first. Needs flag.view. Six statements, however many flags.

    ``used`` maps a flag to the day of its last evaluation; without it nothing is called UNUSED. A flag younger than the
    rules' ``stale_days`` is SETTLED or UNUSED never. Permanent ones are left out, and snoozed ones unless ``silenced``.
    """
    access.need(actor)
    limit, today = policy().stale_days, clock.today()
    changed = {row.key: row.at for row in run(_LAST_CHANGED, {"of": environment})}
    snoozes = {row.key: row for row in _live_snoozes(environment)}
    found = []
    for key, document in content(environment).flags.items():
        snooze = snoozes.get(key)
        if document.get("permanent") or (snooze is not None and not silenced):
            continue
        days = (today - clock.local_day(changed[key])).days
        serves = serves_one(document)
        last_used = used.get(key) if used is not None else None
        reasons = tuple(_reasons(document, days, limit, serves, used, last_used, today))
        if reasons:
            found.append(
                Stale(
                    key=key,
                    name=document["name"],
                    owner=document.get("owner", ""),
                    reasons=reasons,
                    changed_at=changed[key],
                    days=days,
                    serves=serves,
                    last_used=last_used,
                    snoozed_until=snooze.until_on if snooze else None,
                    snooze_reason=snooze.reason if snooze else "",
                )
            )
    return sorted(found, key=lambda each: (each.changed_at, each.key))


def _reasons(
    document: Document,
    days: int,
    limit: int,
    serves: str | None,
    used: Mapping[str, date] | None,
    last_used: date | None,
    today: date,
) -> list[StaleReason]:
    found = []
    if days >= limit and serves is not None:
        found.append(StaleReason.SETTLED)
    if used is not None and days >= limit and (last_used is None or (today - last_used).days >= limit):
        found.append(StaleReason.UNUSED)
    if document.get("expires_on") and date.fromisoformat(document["expires_on"]) < today:
        found.append(StaleReason.OVERDUE)
    return found


def serves_one(document: Document) -> str | None:
    """The variant that everybody gets, "" for the program's own default; None where it depends on who asks.

    Raw JsonLogic counts as depending. A share of the whole counts as everybody.
    """
    default = str(document.get("default") or "")
    if not document.get("enabled", True):
        return default
    if "targeting" in document:
        return None
    possible: set[str] = set()
    for rule in document.get("rules", []):
        serve: dict[str, Any] = rule["serve"]
        shares = [name for name, weight in serve.get("split", []) if weight]
        possible |= set(shares) or {serve["variant"]}
        if not rule["when"]:
            break
    else:
        possible.add(default)
    if document.get("prerequisites"):
        possible.add(str(document.get("otherwise") or default))
    return possible.pop() if len(possible) == 1 else None


def need_snooze(actor: Actor) -> None:
    """Forbidden unless the actor may silence a flag: flag.edit or flag.approve."""
    if not access.holds(actor, Permission.FLAG_APPROVE):
        access.need(actor, Permission.FLAG_EDIT)


def snooze(actor: Actor, environment: Environment, key: str, *, until: date, reason: str) -> None:
    """Do not call a flag stale until a day (at most a year ahead). Needs flag.edit or flag.approve. Again: a new day."""
    need_snooze(actor)
    reason = checked_reason(reason)
    if key not in tree(environment).flags:
        raise FlagNotFound
    if not clock.today() < until <= clock.today() + LONGEST_SNOOZE:
        raise Invalid(fields={"until": ["应为今天以后、一年以内的日期"]})
    row = session().get(FlagSnooze, (environment, key))
    before = row.until_on if row else None
    if row is None:
        row = FlagSnooze(environment=environment, key=key)
        session().add(row)
    row.until_on, row.reason, row.by_name, row.created_at = until, reason, actor.name[:64], clock.now()
    session().flush()
    identity.record(
        actor,
        "flag.snoozed",
        subject=("flag", f"{environment.value}/{key}"),
        summary=f"{environment.label}开关“{key}”在 {until} 前不再提示清理：{reason}",
        changes={"until_on": [before, until]},
    )


def wake(actor: Actor, environment: Environment, key: str) -> None:
    """End a snooze. Needs flag.edit or flag.approve."""
    need_snooze(actor)
    row = session().get(FlagSnooze, (environment, key.replace("\0", "")))
    if row is None:
        raise FlagNotFound("该开关没有设置不提示。")
    session().delete(row)
    identity.record(
        actor,
        "flag.woken",
        subject=("flag", f"{environment.value}/{key}"),
        summary=f"{environment.label}开关“{key}”恢复清理提示",
        changes={"until_on": [row.until_on, None]},
    )


def _live_snoozes(environment: Environment) -> list[sa.Row[Any]]:
    query = sa.select(_snoozes).where(_snoozes.c.environment == environment, _snoozes.c.until_on > clock.today())
    return list(run(query).all())
