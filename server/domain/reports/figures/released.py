"""Releases and changes of flags in the period (A03, A07); only where the contract keeps the mini program."""

from __future__ import annotations

import sqlalchemy as sa

from server.core.db import session
from server.domain import contracts
from server.domain.contracts import MaintainedSystem
from server.domain.flags import Environment, Revision
from server.domain.releases import EventKind, Release, ReleaseEvent, Step
from server.domain.reports.content import Grid, Ref, Section, Work, count
from server.domain.reports.look import Look, day_text, minute_text

STEPS = {
    Step.REGISTER: ("released.registered", "登记版本"),
    Step.GRAY: ("released.gray", "灰度发布"),
    Step.FULL: ("released.full", "全量发布"),
    Step.REJECT_AUDIT: ("released.rejected", "微信审核未通过"),
    Step.ROLL_BACK: ("released.rolled_back", "版本回退"),
}


def released(look: Look) -> Section | None:
    """The section; None where there is no mini program to release."""
    if MaintainedSystem.MINI_PROGRAM not in contracts.systems_of([look.contract_id])[look.contract_id]:
        return None
    steps = _steps(look)
    changes = _changes(look)
    figures = []
    for step, (key, label) in STEPS.items():
        found = {release.id: release for release, event in steps if event.step is step}
        refs = [Ref(f"{each.version}", f"/admin/releases/{each.id}") for each in found.values()]
        figures.append(count(key, label, refs, address="/admin/releases/all", unit="个"))
    flags = [
        Ref(f"第 {each.number} 版 {each.reason}", f"/admin/flag-revisions/release/{each.number}") for each in changes
    ]
    figures.append(
        count("released.flags", "功能开关变更（正式环境）", flags, address="/admin/flag-revisions/release", unit="次")
    )
    rows = [
        (minute_text(event.at), release.version, event.step.label if event.step else "", event.actor_name)
        for release, event in steps
    ]
    works = [
        Work(day_text(event.at), "版本发布", f"{release.version} {event.step.label}", event.actor_name)
        for release, event in steps
        if event.step in (Step.FULL, Step.ROLL_BACK)
    ]
    return Section(
        key="released",
        title="版本发布与变更",
        figures=tuple(figures),
        grids=(Grid("released.steps", "版本办理情况", ("时间", "版本", "事项", "办理人"), tuple(rows)),),
        works=tuple(works),
    )


def _steps(look: Look) -> list[tuple[Release, ReleaseEvent]]:
    query = (
        sa.select(Release, ReleaseEvent)
        .join(ReleaseEvent, ReleaseEvent.release_id == Release.id)
        .where(
            Release.contract_id == look.contract_id,
            ReleaseEvent.kind == EventKind.DONE,
            ReleaseEvent.step.is_not(None),
            ReleaseEvent.at >= look.start,
            ReleaseEvent.at < look.at,
        )
        .order_by(ReleaseEvent.at, ReleaseEvent.id)
    )
    return [(release, event) for release, event in session().execute(query)]


def _changes(look: Look) -> list[Revision]:
    query = sa.select(Revision).where(
        Revision.environment == Environment.RELEASE, Revision.created_at >= look.start, Revision.created_at < look.at
    )
    return list(session().scalars(query.order_by(Revision.number)))
