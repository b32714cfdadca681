"""Year A's people: two designated, one leaves with too short a notice, some work goes to a third party with consent."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date

from server.core import clock
from server.domain import staffing
from server.domain.staffing import CheckItem, Disposition, DocumentKind, File, Person, Reason, SkillLevel
from server.jobs.demo.years.cast import Year
from server.jobs.demo.years.script import Story, at, refused
from server.jobs.demo.years.sheets import sheet

EXPERIENCE = "在多地市场监管部门从事小程序和登记系统运维。"


def stories(year: Year) -> Iterator[Story]:
    """Who was designated, and what became of it."""
    yield from (_designated(year), _replaced(year), _subcontracted(year))


def _designated(year: Year) -> Story:
    yield at(2025, 3, 4, 9, 30)
    too_young = refused(
        lambda: staffing.assign(
            year.manager,
            contract_id=year.contract_id,
            name="新小田",
            role="维护工程师",
            experience_from=date(2023, 6, 1),
            valid_from=date(2025, 3, 4),
        )
    )
    assert too_young.code  # noqa: S101 - the story itself says that the rule held
    former = _assigned(year, "耿直", "驻场工程师", date(2018, 7, 1), officer_id=year.former.id if year.former else None)
    year.named["former"] = former
    second = _assigned(year, "唐川", "维护工程师", date(2015, 9, 1), officer_id=year.maintainer.id)
    lead = _assigned(year, "乔安", "项目负责人", date(2012, 5, 1), officer_id=year.manager.id)
    yield at(2025, 3, 5, 15, 0)
    for maintainer_id in (former, second, lead):
        staffing.review(year.administrator, maintainer_id, agreed=True, remark="经验证明已核对原件。")
    staffing.set_skills(year.manager, lead, skills={"小程序开发": SkillLevel.EXPERT, "登记业务": SkillLevel.SKILLED})


def _replaced(year: Year) -> Story:
    """Notice on 05-12 for 06-01: ten days too few (A18). Flagged, and the person leaves all the same."""
    yield at(2025, 5, 12, 10, 0)
    notice = staffing.notify_replacement(
        year.manager,
        maintainer_id=year.named["former"],
        reason=Reason.RESIGNED,
        received_on=date(2025, 5, 12),
        effective_on=date(2025, 6, 1),
        substitute=Person(
            name="苏明",
            role="驻场工程师",
            experience_from=date(2016, 4, 1),
            experience=EXPERIENCE,
            files=(File("经验证明.pdf", sheet("Experience since 2016-04"), DocumentKind.EXPERIENCE),),
        ),
        comparison="接替人员从业年限长于原人员，持有同类认证。",
        files=(File("人员变更通知书.pdf", sheet("Notice of replacement"), DocumentKind.NOTICE),),
    )
    year.named["replacement"] = notice.id
    yield at(2025, 5, 14, 9, 0)
    staffing.judge(year.administrator, notice.id, not_lower=True, remark="面谈通过；通知期不足，另行记录。")
    yield at(2025, 6, 1, 0, 5)
    staffing.keep_days()
    yield at(2025, 6, 3, 16, 0)
    leaving = staffing.off_boarding_of(year.named["former"])
    if leaving is None:
        raise AssertionError("who was replaced has left")
    year.named["leaving"] = leaving.id
    settled = {
        CheckItem.REMOTE: Disposition.DONE,
        CheckItem.DATA: Disposition.DESTROYED,
        CheckItem.DEVICES: Disposition.RETURNED,
        CheckItem.PAPERS: Disposition.DONE,
        CheckItem.SECRECY: Disposition.DONE,
    }
    for item, disposition in settled.items():
        staffing.settle(year.manager, leaving.id, item=item, disposition=disposition)


def _subcontracted(year: Year) -> Story:
    """Short messages go through a third party; nothing before the bureau's written consent (A33)."""
    yield at(2025, 7, 8, 9, 0)
    asked = staffing.request_subcontract(
        year.manager,
        contract_id=year.contract_id,
        party="江岸短信服务有限公司",
        scope="验证码短信通道",
        reason="原通道停止服务",
        starts_on=date(2025, 7, 15),
        ends_on=date(2026, 3, 31),
        touches_data=True,
    )
    year.named["subcontract"] = asked.id
    yield at(2025, 7, 10, 15, 0)
    staffing.consent_subcontract(
        year.administrator,
        asked.id,
        agreed=True,
        remark="同意，手机号仅用于发送验证码。",
        consented_on=clock.today(),
        files=(File("书面同意.pdf", sheet("Written consent"), DocumentKind.CONSENT),),
    )


def _assigned(year: Year, name: str, role: str, since: date, *, officer_id: uuid.UUID | None) -> uuid.UUID:
    return staffing.assign(
        year.manager,
        contract_id=year.contract_id,
        name=name,
        role=role,
        experience_from=since,
        valid_from=date(2025, 3, 4),
        experience=EXPERIENCE,
        files=(File("经验证明.pdf", sheet(f"Experience since {since}"), DocumentKind.EXPERIENCE),),
        officer_id=officer_id,
    ).id
