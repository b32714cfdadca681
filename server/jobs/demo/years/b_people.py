"""Year B's people, and what goes on from them to the province: sheets, requirements, data, talks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from server.core import clock
from server.domain import referrals, staffing
from server.domain.referrals import (
    ApplicationDraft,
    DatabaseCard,
    ExternalState,
    Handling,
    Medium,
    Outcome,
    Requirement,
    RequirementDraft,
    RequirementOutcome,
    SheetDraft,
    SheetKind,
    Urgency,
    Verdict,
)
from server.domain.staffing import SkillLevel
from server.domain.tickets import Channel
from server.jobs.demo.years.cast import Year
from server.jobs.demo.years.script import Story, at, refused

TEAM, OFFICE = "省局登记系统项目组", "市数据局数据共享处"


def stories(year: Year) -> Iterator[Story]:
    """Who served, and what was handed on."""
    yield from (_designated(year), _sheet(year), _explained(year), _requirement(year), _data(year), _front_end(year))


def _designated(year: Year) -> Story:
    """The contract is silent about years of experience: everybody is taken, skills are noted (B15)."""
    yield at(2025, 7, 7, 15)
    for name, role, since, officer, skills in (
        ("白露", "驻场工程师", date(2023, 9, 1), year.maintainer, {"数据交换": SkillLevel.SKILLED}),
        ("顾远", "项目经理", date(2013, 3, 1), year.manager, {"登记业务": SkillLevel.EXPERT}),
    ):
        staffing.assign(
            year.manager,
            contract_id=year.contract_id,
            name=name,
            role=role,
            experience_from=since,
            valid_from=clock.today(),
            experience="从事登记和数据交换系统运维。",
            officer_id=officer.id,
            skills=skills,
        )


def _sheet(year: Year) -> Story:
    """A fault of the province's software (B17); that it is mended there is the bureau's word (B18)."""
    yield at(2026, 1, 13, 14)
    draft = SheetDraft(
        title="导出名单缺少注销日期",
        system="省市场主体登记系统",
        module="名单导出",
        kind=SheetKind.BUG,
        urgency=Urgency.URGENT,
        channel=Channel.PHONE,
        reporter_unit="东湖区局登记科",
        reporter_name="钱科",
        reporter_phone="13700000000",
        steps="查询注销企业，点导出。",
        expected="名单含注销日期。",
        actual="注销日期一列为空。",
        first_judgement="导出模板缺列。",
    )
    sheet = referrals.file_sheet(
        year.maintainer, draft, contract_id=year.contract_id, ticket_id=year.named["wrong_list"]
    )
    year.named["sheet"] = sheet.id
    referrals.send_sheet(year.maintainer, sheet.id, to=TEAM)
    yield at(2026, 1, 16, 10)
    referrals.judge_sheet(
        year.maintainer,
        sheet.id,
        verdict=Verdict.DEFECT,
        handling=Handling.PROVINCE,
        analysis="导出模板升级时漏列。",
        planned_on=date(2026, 1, 26),
        external_number="SJ-2026-0118",
    )
    yield at(2026, 1, 27, 9)
    own_word = refused(
        lambda: referrals.settle_sheet(year.maintainer, sheet.id, outcome=Outcome.FIXED_BY_PROVINCE, result="已修复。")
    )
    assert own_word.code  # noqa: S101 - a vendor cannot say that the province has mended it
    yield at(2026, 1, 27, 14)
    referrals.settle_sheet(year.handler, sheet.id, outcome=Outcome.FIXED_BY_PROVINCE, result="重新导出，日期完整。")
    yield at(2026, 1, 29, 10)
    referrals.visit_sheet(year.handler, sheet.id, satisfied=True, note="登记科确认可用。")


def _explained(year: Year) -> Story:
    yield at(2025, 10, 29, 9, 30)
    draft = SheetDraft(
        title="法定代表人照片不显示",
        system="全程电子化登记",
        kind=SheetKind.CONSULTING,
        reporter_unit="政务大厅",
        actual="人像采集后不显示。",
    )
    sheet = referrals.file_sheet(year.maintainer, draft, contract_id=year.contract_id)
    referrals.send_sheet(year.maintainer, sheet.id, to=TEAM)
    yield at(2025, 11, 3, 10)
    referrals.judge_sheet(
        year.maintainer,
        sheet.id,
        verdict=Verdict.OPERATION,
        handling=Handling.VENDOR,
        analysis="浏览器未允许访问摄像头。",
    )
    yield at(2025, 11, 3, 16)
    referrals.settle_sheet(year.maintainer, sheet.id, outcome=Outcome.EXPLAINED, result="已到大厅演示设置方法。")


def _requirement(year: Year) -> Story:
    yield at(2026, 3, 5, 10)
    draft = RequirementDraft(
        title="增加歇业备案信息下发",
        system="数据交换",
        text="把歇业备案信息表纳入每日下发。",
        reason="监管需要掌握歇业企业名单。",
        proposer_unit="信用监管科",
        proposer_name="孙科",
    )
    wanted = referrals.submit_requirement(
        year.maintainer, draft, contract_id=year.contract_id, ticket_id=year.named["new_table"]
    )
    year.named["wanted"] = wanted.id
    yield at(2026, 3, 6, 9)
    referrals.forward_requirement(
        year.administrator, wanted.id, to="省局信息中心", external_number="XQ-2026-031", planned_on=date(2026, 4, 15)
    )
    yield at(2026, 4, 17, 10)
    referrals.note_external(
        year.maintainer, Requirement, wanted.id, state=ExternalState.REPORTED_FIXED, text="省级通知已开通。"
    )
    yield at(2026, 4, 20, 10)
    referrals.settle_requirement(
        year.administrator, wanted.id, outcome=RequirementOutcome.DONE_BY_PROVINCE, result="首日下发 37 行，核对一致。"
    )


def _data(year: Year) -> Story:
    """B19: an application for catalogued provincial data."""
    yield at(2025, 8, 11, 10)
    draft = ApplicationDraft(
        item="食品经营许可信息",
        item_code="33-0417",
        provider="省局",
        purpose="年度食品安全检查计划抽样",
        applicant_unit="食品经营监管科",
        extent="本市有效许可",
    )
    wanted = referrals.draft_application(year.maintainer, draft, contract_id=year.contract_id)
    year.named["data"] = wanted.id
    referrals.submit_application(year.maintainer, wanted.id, to=OFFICE)
    yield at(2025, 8, 20, 10)
    referrals.approve_application(year.administrator, wanted.id, approved_by=OFFICE, expected_on=date(2025, 9, 1))
    yield at(2025, 8, 29, 16)
    referrals.deliver_application(year.maintainer, wanted.id, delivery="写入前置库，18 642 行。")


def _front_end(year: Year) -> Story:
    """B20: the front-end database is described without its keys, and the talks about it are noted."""
    yield at(2025, 7, 9, 10)
    database = referrals.note_database(
        year.maintainer,
        DatabaseCard(
            name="市级前置库", purpose="接收省级下发", product="MySQL 8.0", zone="政务外网", keeper="市数据局运维组"
        ),
        contract_id=year.contract_id,
    )
    leaked = refused(
        lambda: referrals.note_database(
            year.maintainer,
            DatabaseCard(name="备用前置库", note="账号 root 密码 Abc123456"),
            contract_id=year.contract_id,
        )
    )
    assert leaked.code  # noqa: S101 - no password is ever written down
    yield at(2025, 7, 9, 16)
    referrals.log_liaison(
        year.maintainer,
        contract_id=year.contract_id,
        at=clock.now(),
        medium=Medium.MEETING,
        with_unit="市数据局",
        topic="前置库扩容",
        text="约定每季度末检查表空间，超过八成提前扩容。",
        result="已确认联系人和时间窗口。",
        database_id=database.id,
    )
