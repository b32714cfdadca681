"""The installation's rules on reporting incidents: how soon, to whom, from which grade on, and where that is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from server.core import clock
from server.core.db import session
from server.core.errors import Invalid
from server.domain import identity
from server.domain.identity import Actor, Permission
from server.domain.secrecy import access
from server.domain.secrecy.access import said
from server.domain.secrecy.models import ORGANISATION, TITLE, SecrecyRules
from server.domain.secrecy.vocabulary import Grade

ONLY_ROW = 1
# Critical infrastructure, organs of the central level, everybody else.
HOURS = (1, 2, 4)
MOST_DAYS = 90


@dataclass(frozen=True, slots=True)
class Rules:
    """``report_from``: the lowest grade that must be reported; ``review_days``: after the close, for the review."""

    hours: int = 4
    source: str = "《国家网络安全事件报告管理办法》（2025 年 11 月 1 日施行）：其他网络运营者，较大以上事件"
    authority: str = "省级网信部门"
    report_from: Grade = Grade.SERIOUS
    review_days: int = 30

    def asks_report(self, grade: Grade) -> bool:
        """Whether an incident of this grade must be reported."""
        grades = list(Grade)
        return grades.index(grade) >= grades.index(self.report_from)


def rules() -> Rules:
    """The rules in force."""
    row = session().get(SecrecyRules, ONLY_ROW)
    return _parsed(row.rules) if row and row.rules else Rules()


def set_rules(actor: Actor, *, hours: int, source: str, authority: str, report_from: Grade, review_days: int) -> Rules:
    """Change them; incidents on record keep what was in force when they were found. Needs secrecy.manage."""
    access.need_bureau(actor, Permission.SECRECY_MANAGE)
    if hours not in HOURS:
        raise Invalid(fields={"hours": ["请选择 1、2 或 4 小时。"]})
    if not 1 <= review_days <= MOST_DAYS:
        raise Invalid(fields={"review_days": [f"须为 1 至 {MOST_DAYS} 天。"]})
    made = Rules(
        hours=hours,
        source=said(source, field="source", longest=TITLE),
        authority=said(authority, field="authority", longest=ORGANISATION),
        report_from=report_from,
        review_days=review_days,
    )
    before, after = _kept(rules()), _kept(made)
    row = session().get(SecrecyRules, ONLY_ROW)
    if row is None:
        session().add(SecrecyRules(id=ONLY_ROW, rules=after, changed_at=clock.now()))
    else:
        row.rules, row.changed_at = after, clock.now()
    session().flush()
    moved = {name: [before[name], value] for name, value in after.items() if before[name] != value}
    identity.record(actor, "secrecy_rules.changed", summary="修改网络安全事件报告规则", changes=moved)
    return made


def _kept(held: Rules) -> dict[str, Any]:
    return asdict(held) | {"report_from": held.report_from.value}


def _parsed(kept: Mapping[str, Any]) -> Rules:
    return Rules(**(dict(kept) | {"report_from": Grade(kept["report_from"])}))
