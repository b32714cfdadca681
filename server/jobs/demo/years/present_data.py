"""What is alive under the data exchange's contract: papers, money that waits for approval, what lies with the province."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from server.domain import payments, referrals, staffing, tickets
from server.domain.referrals import (
    ApplicationDraft,
    Handling,
    RequirementDraft,
    SheetDraft,
    SheetKind,
    Urgency,
    Verdict,
)
from server.domain.tickets import AskerKind, Channel, ConsultKind, Kind
from server.jobs.demo.years import money, papers
from server.jobs.demo.years.b_people import OFFICE, TEAM
from server.jobs.demo.years.present_people import EXPERIENCE
from server.jobs.demo.years.script import Story
from server.jobs.demo.years.today import Today

FIRST = Decimal("104160.00")


def stories(today: Today) -> Iterator[Story]:
    """Everything."""
    for key, moment, text in (
        ("weekly", papers.on_monday, "运维周报：逐日巡检，异常均已处理。"),
        ("monthly", papers.after_the_month, "运维月报：巡检、异常、咨询和资源占用。"),
        ("statistics", papers.after_the_month, "市场主体统计：期末实有、新设、注销。"),
        ("inspection", papers.before_the_end, "巡检单：服务器和交换任务运行正常。"),
    ):
        yield from papers.of_each_cycle(today.year, key, handed_in=moment, late={}, says=f"{{}}{text}".format)
    yield from (_staff(today), _awaiting_approval(today), _sheet(today), _wanted(today), _asked(today))
    yield from (_stopped_push(today), _counts_apart(today), _question(today))


def _staff(today: Today) -> Story:
    """One who is agreed to, one who waits for the bureau's word."""
    year = today.year
    yield today.ago(120)
    for name, role, officer_id in (("白露", "驻场工程师", year.maintainer.id), ("顾远", "项目经理", year.manager.id)):
        person = staffing.assign(
            year.manager,
            contract_id=year.contract_id,
            name=name,
            role=role,
            experience_from=date(2013, 3, 1),
            valid_from=today.starts_on,
            experience=EXPERIENCE,
            officer_id=officer_id,
        )
        if officer_id == year.manager.id:
            staffing.review(year.administrator, person.id, agreed=True)


def _awaiting_approval(today: Today) -> Story:
    """The first instalment: papers complete, checked, and on the administrator's desk."""
    year = today.year
    yield today.ago(20)
    application = money.applied(year, "first", FIRST, "合同首期款（70%），合同生效")
    yield today.ago(18)
    bill = money.Bill("26332000000177720915", FIRST, payments.tax_in(FIRST, money.RATE))
    money.invoiced(year, application, bill)
    yield today.ago(8)
    payments.check(year.handler, application, agreed=True, remark="材料齐全。")


def _stopped_push(today: Today) -> Story:
    """A push that did not run in the night, mended by noon."""
    yield today.ago(3)
    ticket = tickets.open(
        today.year.maintainer,
        kind=Kind.FAULT,
        title="年报信息表夜间未推送",
        text="巡检发现年报基本信息表昨夜任务未启动。",
        channel=Channel.PATROL,
        contract_id=today.year.contract_id,
    )
    tickets.respond(today.year.maintainer, ticket.id, text="已定位为调度服务重启后未恢复，正在补推。")
    tickets.start(today.year.maintainer, ticket.id)
    yield today.ago(2.8)
    tickets.resolve(today.year.maintainer, ticket.id, text="已补推，两边数量一致。", cause="调度服务重启后未恢复")


def _counts_apart(today: Today) -> Story:
    """Being looked into."""
    yield today.ago(1)
    ticket = tickets.open(
        today.year.handler,
        kind=Kind.FAULT,
        title="食品经营许可数量比对差 126 条",
        text="数据局反馈库中比我局少 126 条，请核查原因。",
        channel=Channel.ZHEZHENGDING,
        contract_id=today.year.contract_id,
    )
    tickets.respond(today.year.maintainer, ticket.id, text="收到，先核对截止时间和增量条件。")
    tickets.assign(today.year.manager, ticket.id, assignee_id=today.year.maintainer.id)
    tickets.start(today.year.maintainer, ticket.id)


def _question(today: Today) -> Story:
    """Came in this hour; nobody has answered."""
    yield today.ago(0.02)
    tickets.open(
        today.year.handler,
        kind=Kind.CONSULTATION,
        title="迁出企业的档案何时同步",
        text="登记窗口来电：企业昨天办完迁出，系统里仍是存续，多久会更新？",
        channel=Channel.PHONE,
        contract_id=today.year.contract_id,
        asker_kind=AskerKind.BUREAU,
        consult_kind=ConsultKind.BUSINESS,
        consulted_system="数据交换平台",
    )


def _sheet(today: Today) -> Story:
    """A fault that lies with the province, and the ticket from which it came."""
    year = today.year
    yield today.ago(9)
    ticket = tickets.open(
        year.maintainer,
        kind=Kind.CONSULTATION,
        title="迁入企业查不到原登记信息",
        text="窗口问：外市迁入的企业在系统里查不到原登记机关的档案。",
        channel=Channel.ZHEZHENGDING,
        contract_id=year.contract_id,
        asker_kind=AskerKind.BUREAU,
        consult_kind=ConsultKind.TECHNICAL,
        consulted_system="省市场主体登记系统",
    )
    tickets.respond(year.maintainer, ticket.id, text="已复现，提交省项目组。")
    draft = SheetDraft(
        title="迁入企业查不到原登记信息",
        system="省市场主体登记系统",
        module="档案查询",
        kind=SheetKind.DATA,
        urgency=Urgency.URGENT,
        reporter_unit="政务大厅登记窗口",
        actual="外市迁入企业档案为空。",
        first_judgement="迁移数据未同步。",
    )
    sheet = referrals.file_sheet(year.maintainer, draft, contract_id=year.contract_id, ticket_id=ticket.id)
    referrals.send_sheet(year.maintainer, sheet.id, to=TEAM)
    yield today.ago(4)
    referrals.judge_sheet(
        year.maintainer,
        sheet.id,
        verdict=Verdict.DATA,
        handling=Handling.PROVINCE,
        analysis="迁移批次缺档案表。",
        planned_on=today.day + timedelta(days=6),
        external_number="SJ-0931",
    )


def _wanted(today: Today) -> Story:
    yield today.ago(12)
    draft = RequirementDraft(
        title="统计表增加街道维度", system="月度统计", text="区县之下再分街道。", proposer_unit="综合规划科"
    )
    wanted = referrals.submit_requirement(today.year.maintainer, draft, contract_id=today.year.contract_id)
    yield today.ago(10)
    referrals.forward_requirement(
        today.year.administrator, wanted.id, to="省局信息中心", planned_on=today.day + timedelta(days=30)
    )


def _asked(today: Today) -> Story:
    yield today.ago(7)
    draft = ApplicationDraft(
        item="特种设备使用登记信息", purpose="年度监督检查计划", applicant_unit="特种设备科", provider="省局"
    )
    asked = referrals.draft_application(today.year.maintainer, draft, contract_id=today.year.contract_id)
    referrals.submit_application(today.year.maintainer, asked.id, to=OFFICE)
