"""Year B's money: an instalment held up by an overdue order and paid late, one in time, and a matter without a figure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from server.domain import contracts, payments, records
from server.domain.payments import MatterKind, MatterStage
from server.domain.records import ItemDraft
from server.jobs.demo.years import money
from server.jobs.demo.years.cast import Year
from server.jobs.demo.years.leaving import hand_over
from server.jobs.demo.years.script import Story, at, refused

FIRST, FINAL = Decimal("104160.00"), Decimal("44640.00")


def stories(year: Year) -> Iterator[Story]:
    """Everything about money, the order to rectify, and the contract's end."""
    yield from (_first(year), _ordered(year), _final(year), _copied(year), _ended(year))


def _first(year: Year) -> Story:
    """Seventy per cent: papers there on the first day, then the gate was shut (B30), then it was late (B28)."""
    yield at(2025, 7, 7, 10)
    application = money.applied(year, "first", FIRST, "合同 2.2 条首期款，合同生效")
    money.invoiced(year, application, money.Bill("25332000000088120461", FIRST, Decimal("5895.85")))
    yield at(2025, 9, 11, 10)
    payments.check(year.handler, application, agreed=True, remark="材料齐全，服务正常。")
    yield at(2025, 9, 24, 10)
    shut = refused(lambda: payments.approve(year.administrator, application, agreed=True, reason="同意付款。"))
    assert shut.code == "payment_gate_closed"  # noqa: S101 - the story itself says that the rule held
    yield at(2025, 10, 22, 10)
    payments.approve(year.administrator, application, agreed=True, reason="整改复查已通过，同意付款。")
    yield at(2025, 10, 24, 11)
    money.paid(year, application, FIRST, "ZF20251024000731")
    yield at(2025, 10, 27, 10)
    claim = payments.open_claim(
        year.administrator,
        contract_id=year.contract_id,
        penalty_key="late_payment",
        event="首期款逾期付款",
        milestone="first",
        occurred_on=date(2025, 10, 24),
        facts="应于 9 月 28 日前付款，10 月 24 日付款；期间因整改逾期暂停办理。",
    )
    year.named["claim_late_payment"] = claim.id
    money.agreed(year, claim.id, Decimal("223.20"), "按合同测算。")


def _ordered(year: Year) -> Story:
    """Three days without data: ordered to be mended in a week, mended in five; found wanting once (B30)."""
    yield at(2025, 9, 15, 9)
    ordered = payments.order(
        year.administrator,
        contract_id=year.contract_id,
        ticket_id=year.named["failure"],
        facts="9 月 9 日至 11 日主体信息连续三天未上报。",
        demands="补报三天数据并逐表核对；调度配置改为双人复核。",
        due_on=date(2025, 9, 22),
    )
    year.named["order"] = ordered.id
    yield at(2025, 10, 16, 16)
    payments.answer(year.manager, ordered.id, text="三天数据已补报，配置复核制度已执行。")
    yield at(2025, 10, 21, 15)
    payments.recheck(year.administrator, ordered.id, passed=True, remark="抽查 14 张表，数量一致。")


def _final(year: Year) -> Story:
    """Thirty per cent, after the service and its acceptance (B27). The contract names no days for accepting."""
    yield at(2026, 7, 2, 10)
    completion = records.notify_completion(
        year.maintainer,
        contract_id=year.contract_id,
        title="市场主体数据库管理与推送服务完工",
        content="一年服务期届满，交换任务、巡检、统计和咨询全部按合同完成。",
        how_to_check="抽查巡检单、月度统计和异常处理记录，核对 154 张表的数量。",
        items=[ItemDraft("合同第一条", "每日巡检记录完整"), ItemDraft("合同 1(1)7", "周报、月报、统计齐全")],
        final=True,
    )
    year.named["completion_final"] = completion.id
    yield at(2026, 7, 3, 9)
    records.receive(year.administrator, completion.id, by="周敏")
    yield at(2026, 7, 7, 10)
    records.accept(year.administrator, completion.id, remark="服务期验收合格。", members="周敏、林晓")
    yield at(2026, 7, 7, 14)
    application = money.applied(year, "final", FINAL, "合同 2.2 条尾款，服务期满并验收合格")
    money.invoiced(year, application, money.Bill("26332000000135550208", FINAL, Decimal("2526.79")))
    yield at(2026, 7, 20, 10)
    payments.check(year.handler, application, agreed=True, remark="材料齐全。")
    yield at(2026, 8, 3, 10)
    payments.approve(year.administrator, application, agreed=True, reason="同意付款。")
    yield at(2026, 8, 14, 11)
    money.paid(year, application, FINAL, "ZF20260814000290")


def _copied(year: Year) -> Story:
    """A font used without a licence: no rate is agreed, so it is written down and nothing is computed (B29)."""
    yield at(2026, 4, 8, 10)
    matter = payments.open_matter(
        year.administrator,
        contract_id=year.contract_id,
        kind=MatterKind.INFRINGEMENT,
        title="月报使用未授权字体",
        facts="字体厂商来函称月报使用了未授权字体。",
        occurred_on=date(2026, 4, 7),
        proof="来函扫描件",
        notified_on=date(2026, 4, 8),
    )
    year.named["matter"] = matter.id
    yield at(2026, 4, 15, 10)
    payments.move_matter(
        year.administrator, matter.id, stage=MatterStage.NEGOTIATION, note="乙方同意更换字体并承担费用。"
    )
    yield at(2026, 5, 6, 10)
    payments.move_matter(
        year.administrator, matter.id, stage=MatterStage.CLOSED, note="已更换开源字体，对方撤回主张，无损失。"
    )


def _ended(year: Year) -> Story:
    """Nothing is owed any more: the vendor's people lose their access."""
    yield at(2026, 8, 17, 9)
    contracts.end(
        year.administrator,
        contracts.find(year.administrator, year.contract_id),
        ended_on=date(2026, 7, 6),
        reason="服务期满，尾款付清",
    )
    yield at(2026, 8, 18, 10)
    hand_over(year)
