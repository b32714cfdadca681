"""What went to others: feedback sheets, requirements, data applications, liaison (B17-B20). None where nothing ever did."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

import sqlalchemy as sa

from server.core.db import session
from server.domain.referrals import Application, Liaison, Requirement, RequirementState, Sheet, SheetState
from server.domain.reports.content import Ref, Section, Work, count
from server.domain.reports.look import Look, day_text


class Settling(Protocol):
    """A row that is settled some day."""

    settled_at: datetime | None


def referred(look: Look) -> Section | None:
    """The section."""
    sheets = list(
        session().scalars(
            sa.select(Sheet)
            .where(Sheet.contract_id == look.contract_id, Sheet.state != SheetState.VOID, Sheet.created_at < look.at)
            .order_by(Sheet.created_at)
        )
    )
    wants = list(
        session().scalars(
            sa.select(Requirement)
            .where(
                Requirement.contract_id == look.contract_id,
                Requirement.state != RequirementState.VOID,
                Requirement.submitted_at < look.at,
            )
            .order_by(Requirement.submitted_at)
        )
    )
    asked = list(
        session().scalars(
            sa.select(Application)
            .where(Application.contract_id == look.contract_id, Application.submitted_on <= look.as_of)
            .order_by(Application.submitted_on)
        )
    )
    talks = list(
        session().scalars(
            sa.select(Liaison)
            .where(Liaison.contract_id == look.contract_id, Liaison.at >= look.start, Liaison.at < look.at)
            .order_by(Liaison.at)
        )
    )
    if not (sheets or wants or asked or talks):
        return None
    sent = [each for each in sheets if look.within(each.sent_at)]
    settled = [each for each in sheets if look.within(each.settled_at)]
    came = [each for each in wants if look.within(each.submitted_at)]
    refs = {
        "sent": [_sheet(each) for each in sent],
        "settled": [_sheet(each) for each in settled],
        "open": [_sheet(each) for each in sheets if _open(look, each)],
        "came": [_want(each) for each in came],
        "wanted": [_want(each) for each in wants if _open(look, each)],
        "asked": [_ref("applications", e.id, e.number, e.item) for e in asked if look.on_day(e.submitted_on)],
        "got": [_ref("applications", e.id, e.number, e.item) for e in asked if look.on_day(e.delivered_on)],
        "talks": [_ref("liaison", each.id, each.number, each.topic) for each in talks],
    }
    lists = {name: look.address(f"referrals/{name}") for name in ("", "requirements/", "applications/", "liaison/")}
    return Section(
        key="referred",
        title="问题反馈、需求与数据协调",
        figures=(
            count("referred.sent", "转出问题反馈单", refs["sent"], address=lists[""], unit="份"),
            count("referred.settled", "办结问题反馈单", refs["settled"], address=lists[""], unit="份"),
            count("referred.open", "期末未办结反馈单", refs["open"], address=lists[""], unit="份"),
            count("referred.requirements", "提交需求", refs["came"], address=lists["requirements/"]),
            count("referred.wanted", "期末未办结需求", refs["wanted"], address=lists["requirements/"]),
            count("referred.applied", "提交数据申请", refs["asked"], address=lists["applications/"]),
            count("referred.delivered", "数据到位", refs["got"], address=lists["applications/"]),
            count("referred.liaison", "沟通协调", refs["talks"], address=lists["liaison/"], unit="次"),
        ),
        works=tuple(Work(day_text(each.at), "沟通协调", each.topic, each.created_by_name) for each in talks),
    )


def _open(look: Look, row: Settling) -> bool:
    return row.settled_at is None or row.settled_at >= look.at


def _sheet(sheet: Sheet) -> Ref:
    return _ref("sheets", sheet.id, sheet.number, sheet.title)


def _want(wanted: Requirement) -> Ref:
    return _ref("requirements", wanted.id, wanted.number, wanted.title)


def _ref(part: str, key: UUID, number: str, title: str) -> Ref:
    return Ref(f"{number} {title}", f"/admin/referrals/{part}/{key}")
