"""Secrecy in both years and today: what was handed over and came back, promises, results with hashes, incidents by the hour."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from server.core import clock
from server.domain import contracts, documents, secrecy
from server.domain.secrecy import (
    AssetKind,
    Carrier,
    Grade,
    IncidentKind,
    Level,
    PromiseKind,
    Told,
)
from server.jobs.demo.years.cast import Year
from server.jobs.demo.years.script import Story, at
from server.jobs.demo.years.today import Today

RESULTS: Sequence[tuple[AssetKind, str, str]] = (
    (AssetKind.SOURCE, "小程序前端源代码", "mini-program.zip"),
    (AssetKind.SOURCE, "服务端源代码", "service.zip"),
    (AssetKind.DOCUMENT, "部署和运维手册", "手册.docx"),
    (AssetKind.DESIGN, "界面设计稿", "设计稿.pdf"),
)


def of_a(year: Year) -> Iterator[Story]:
    """The mini program's year: three things, promises, a leak that was no harm, results at the end."""
    yield from (
        _promised(year, at(2025, 3, 5, 16), ("耿直", "唐川", "乔安")),
        _held_a(year),
        _leak(year),
        _results(year),
    )


def of_b(year: Year) -> Iterator[Story]:
    """The data exchange's year: a list of tables, a state secret as an entry, an attack that was reported in time."""
    yield from (_promised(year, at(2025, 7, 9, 16), ("袁启明", "白露")), _held_b(year), _attack(year))


def of_today(today: Today) -> Iterator[Story]:
    """Today: something undeclared, something late, one promise signed and one not, an incident that is being handled."""
    yield from (_now(today),)


def _promised(year: Year, moment: datetime, names: Sequence[str]) -> Story:
    yield moment
    contract = contracts.find(year.administrator, year.contract_id)
    made = [
        secrecy.prepare(
            year.manager, contract_id=contract.id, kind=PromiseKind.VENDOR, name=contract.vendor_name, role="运维单位"
        )
    ]
    made += [
        secrecy.prepare(year.manager, contract_id=contract.id, kind=PromiseKind.PERSON, name=name, role="运维人员")
        for name in names
    ]
    for promise in made[:2]:
        paper = secrecy.PERSON_PAPER if promise.kind is PromiseKind.PERSON else secrecy.VENDOR_PAPER
        documents.issue(year.manager, paper, promise.id)
    yield moment + timedelta(days=1)
    for promise in made:
        secrecy.sign_on_paper(year.handler, promise.id, signed_on=clock.today(), note="原件存档案柜")


def _held_a(year: Year) -> Story:
    yield at(2025, 3, 6, 10)
    guide = _item(year, "登记业务接口说明", "唐川", purpose="接口核对", due=date(2025, 12, 31))
    names = _item(year, "测试用企业名单", "耿直", purpose="功能测试", due=date(2025, 6, 30), copies=2)
    yield at(2025, 3, 7, 9)
    secrecy.declare(year.administrator, guide, level=Level.INTERNAL)
    secrecy.declare(year.administrator, names, level=Level.SENSITIVE, basis="含企业联系人")
    yield at(2025, 6, 4, 15)
    secrecy.destroy(year.maintainer, names, on=clock.today(), proof="碎纸销毁，销毁单 2 号", witness="林岚")
    yield at(2026, 1, 4, 10)
    secrecy.give_back(year.handler, guide, on=clock.today(), proof="交接单 5 号")
    documents.issue(year.handler, secrecy.REGISTER_PAPER, year.contract_id)


def _held_b(year: Year) -> Story:
    yield at(2025, 7, 10, 10)
    tables = _item(year, "交换库表结构说明", "白露", purpose="任务配置", due=date(2026, 7, 6))
    closed = secrecy.hand_over(
        year.handler,
        contract_id=year.contract_id,
        item="登记代号 07 号文件（仅登记，不入系统）",
        holder="白露",
        carrier=Carrier.PAPER,
        handed_on=clock.today(),
        purpose="现场阅看",
        serials="07",
    )
    yield at(2025, 7, 10, 14)
    secrecy.declare(year.administrator, tables, level=Level.WORK_SECRET)
    secrecy.declare(year.administrator, closed.id, level=Level.SECRET, basis="定密通知 2025-3")
    yield at(2025, 7, 11, 17)
    secrecy.give_back(year.handler, closed.id, on=clock.today(), proof="机要室收回", witness="周正")


def _leak(year: Year) -> Story:
    """A list was sent to the wrong officer: found, called back, and nobody was harmed."""
    yield at(2025, 8, 13, 15, 20)
    row = secrecy.open_incident(
        year.maintainer,
        contract_id=year.contract_id,
        title="测试名单误发",
        kind=IncidentKind.LEAK,
        grade=Grade.ORDINARY,
        discovered_at=clock.now() - timedelta(minutes=20),
        discovered_by="唐川",
        systems="小程序测试环境",
        symptom="向内部测试群发送的附件中含 12 条企业联系人电话，十分钟内撤回。",
    )
    secrecy.count_persons(year.maintainer, row.id, persons_count=12, data_kinds="姓名、电话")
    yield at(2025, 8, 13, 16, 10)
    secrecy.note_told(year.maintainer, row.id, whom=Told.BUREAU, name="林岚", text="电话告知经过和处置。")
    secrecy.contain(year.maintainer, row.id, text="附件已撤回，接收人书面确认删除。")
    yield at(2025, 8, 20, 10)
    secrecy.count_persons(
        year.handler,
        row.id,
        persons_count=12,
        data_kinds="姓名、电话",
        harmless_reason="接收人均为本局人员，已全部删除并书面确认，能够有效避免危害。",
    )
    _closed(year, row.id, "测试数据未脱敏。", "测试数据一律脱敏后使用。", "已完成测试环境清理，由乔安负责每季度复查。")


def _attack(year: Year) -> Story:
    yield at(2025, 11, 5, 9, 40)
    row = secrecy.open_incident(
        year.maintainer,
        contract_id=year.contract_id,
        title="前置库账号遭暴力尝试",
        kind=IncidentKind.ATTACK,
        grade=Grade.SERIOUS,
        discovered_at=clock.now() - timedelta(minutes=25),
        discovered_by="白露",
        systems="数据交换前置库",
        symptom="监测到来自两个地址的大量登录失败，其中一次成功登录只读账号。",
        impact="未发现数据外传，交换任务暂停 40 分钟。",
    )
    secrecy.add_step(year.maintainer, row.id, text="封禁来源地址，停用只读账号，保留日志。")
    yield at(2025, 11, 5, 11, 30)
    secrecy.report(
        year.handler,
        row.id,
        reported_at=clock.now(),
        to="省级网信部门",
        ref="事件报告平台回执 1105-02",
        text="电话并书面报告。",
    )
    secrecy.note_told(year.handler, row.id, whom=Told.POLICE, name="市公安局网安支队")
    yield at(2025, 11, 5, 14, 0)
    secrecy.contain(year.maintainer, row.id, text="账号口令全部更换，复核登录日志无异常，交换任务恢复。")
    yield at(2025, 11, 18, 10)
    _closed(year, row.id, "只读账号口令强度不足。", "口令轮换、登录限源、失败锁定。", "已复测；白露每月检查账号清单。")
    documents.issue(year.handler, secrecy.INCIDENT_PAPER, row.id)


def _results(year: Year) -> Story:
    yield at(2026, 3, 20, 14)
    row = secrecy.draft(year.manager, contract_id=year.contract_id, title="小程序源代码、设计和文档（期末）")
    for kind, name, file in RESULTS:
        digest = hashlib.sha256(name.encode()).hexdigest()
        secrecy.add(year.manager, row.id, kind=kind, name=name, version="2.6.0", file_name=file, sha256=digest)
    secrecy.add(year.manager, row.id, kind=AssetKind.ACCOUNT, name="小程序后台管理员账号", note="账号 admin-ops")
    secrecy.deliver(year.manager, row.id, on=clock.today())
    yield at(2026, 3, 24, 10)
    secrecy.accept(year.handler, row.id, remark="逐项核对校验值，一致。")
    documents.issue(year.handler, secrecy.HANDOVER_PAPER, row.id)


def _now(today: Today) -> Story:
    year = today.year
    yield today.now - timedelta(days=12)
    late = _item(year, "问卷样本", "唐川", purpose="界面核对", due=today.day - timedelta(days=2))
    _item(year, "新版办事指南底稿", "唐川", purpose="内容更新", due=today.day + timedelta(days=20))
    secrecy.declare(year.administrator, late, level=Level.INTERNAL)
    signed = secrecy.prepare(
        year.manager,
        contract_id=year.contract_id,
        kind=PromiseKind.PERSON,
        name=year.maintainer.name,
        role="维护工程师",
    )
    secrecy.sign_on_paper(year.handler, signed.id, signed_on=clock.today())
    yield today.now - timedelta(days=2)
    row = secrecy.open_incident(
        year.maintainer,
        contract_id=year.contract_id,
        title="办事指南页面被异常抓取",
        kind=IncidentKind.ATTACK,
        grade=Grade.ORDINARY,
        discovered_at=clock.now(),
        discovered_by=year.maintainer.name,
        systems="小程序内容接口",
        symptom="同一来源短时间内大量请求公开页面，未涉及个人信息。",
    )
    secrecy.add_step(year.maintainer, row.id, text="对来源限流，观察 24 小时。")


def _item(year: Year, item: str, holder: str, *, purpose: str, due: date, copies: int = 1) -> uuid.UUID:
    made = secrecy.hand_over(
        year.maintainer,
        contract_id=year.contract_id,
        item=item,
        holder=holder,
        carrier=Carrier.PAPER,
        handed_on=clock.today(),
        purpose=purpose,
        due_back_on=due,
        copies=copies,
    )
    return made.id


def _closed(year: Year, incident_id: uuid.UUID, cause: str, measures: str, review: str) -> None:
    secrecy.close(year.handler, incident_id, cause=cause, measures=measures, review=review)
