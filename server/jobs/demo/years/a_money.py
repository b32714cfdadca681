"""Year A's money: the fee paid late, a supplement that changes the on-site hours, what stalled and failing work costs."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from server.core import clock
from server.domain import contracts, payments
from server.domain.contracts import Party
from server.jobs.demo.years import money
from server.jobs.demo.years.cast import Year
from server.jobs.demo.years.leaving import hand_over
from server.jobs.demo.years.script import Story, at, refused

FEE, EXTRA = Decimal("28000.00"), Decimal("2400.00")
TAX_NUMBER = "11990000MB1111111X"


def stories(year: Year) -> Iterator[Story]:
    """Everything about money, the supplement, and the contract's end."""
    yield from (_fee(year), _supplement(year), _extra(year), _stalled(year), _outages(year), _ended(year))


def _fee(year: Year) -> Story:
    """Applied for late in December, paid fifteen days after the due day."""
    yield at(2025, 12, 22, 10)
    application = money.applied(year, "year_fee", FEE, "2025 年度运维服务费，合同第四条")
    yield at(2025, 12, 23, 9)
    bill = money.Bill("25502000000117460233", FEE, Decimal("1584.91"))
    incomplete = refused(lambda: money.invoiced(year, application, bill))
    assert incomplete.code  # noqa: S101 - without a buyer's tax number no invoice counts (#16)
    yield at(2025, 12, 24, 9)
    contracts.amend(
        year.administrator,
        contracts.find(year.administrator, year.contract_id),
        changes={"billing.buyer_tax_number": TAX_NUMBER},
        reason="合同开票信息缺纳税人识别号，双方补齐",
        effective_from=clock.today(),
    )
    money.invoiced(year, application, bill)
    yield at(2025, 12, 29, 15)
    payments.check(year.handler, application, agreed=True, remark="材料齐全。")
    same = refused(lambda: payments.approve(year.handler, application, agreed=True))
    assert same.code  # noqa: S101 - the second signature is another person's
    yield at(2026, 1, 19, 9)
    payments.approve(year.administrator, application, agreed=True, reason="同意付款。")
    yield at(2026, 1, 20, 11)
    money.paid(year, application, FEE, "ZF20260120000417")
    yield at(2026, 1, 26, 10)
    claim = payments.open_claim(
        year.administrator,
        contract_id=year.contract_id,
        penalty_key="late_payment",
        event="2025 年度服务费逾期付款",
        milestone="year_fee",
        occurred_on=date(2026, 1, 20),
        facts="应于 2026 年 1 月 5 日前付款，实际 1 月 20 日付款。",
    )
    year.named["claim_late_payment"] = claim.id
    money.agreed(year, claim.id, Decimal("2100.00"), "按合同测算。")


def _supplement(year: Year) -> Story:
    """Twelve hours instead of twenty-four, from December on, priced apart (A23, A44, A47)."""
    yield at(2025, 11, 10, 10)
    supplement = contracts.draft_supplement(
        year.administrator,
        year.contract_id,
        title="现场服务时限补充协议",
        reason="窗口业务量增加，重大故障需更快到场",
        changes={
            "on_site.hours": "12",
            "milestones.night_service": {
                "key": "night_service",
                "title": "夜间应急到场服务费",
                "amount": str(EXTRA),
                "due": {
                    "combine": "documents",
                    "fixed_on": None,
                    "events": ["application", "invoice"],
                    "working_days": 7,
                },
                "invoice": "vat_special",
            },
        },
        amount=EXTRA,
        scope="夜间和节假日 12 小时到场",
        effective_from=date(2025, 12, 1),
    )
    year.named["supplement"] = supplement.id
    signed = (
        (Party.VENDOR, at(2025, 11, 12), at(2025, 11, 12), "乔安"),
        (Party.BUREAU, at(2025, 11, 18), at(2025, 11, 19), "周敏"),
    )
    for party, signature, seal, signer in signed:
        yield seal
        contracts.sign(
            year.administrator,
            year.contract_id,
            party=party,
            signed_on=signature.date(),
            sealed_on=seal.date(),
            signer=signer,
            supplement_id=supplement.id,
        )


def _extra(year: Year) -> Story:
    """The supplement's own instalment, in two transfers and in time."""
    yield at(2026, 3, 2, 10)
    application = money.applied(year, "night_service", EXTRA, "补充协议第 1 号")
    yield at(2026, 3, 4, 10)
    money.invoiced(year, application, money.Bill("26502000000220013377", EXTRA, Decimal("135.85")))
    yield at(2026, 3, 5, 10)
    payments.check(year.handler, application, agreed=True)
    yield at(2026, 3, 9, 10)
    payments.approve(year.administrator, application, agreed=True, reason="同意付款。")
    yield at(2026, 3, 10, 11)
    money.paid(year, application, Decimal("1000.00"), "ZF20260310000088")
    yield at(2026, 3, 11, 11)
    money.paid(year, application, Decimal("1400.00"), "ZF20260311000102")


def _stalled(year: Year) -> Story:
    """P-A1: the bureau's list came fourteen days late and the work stood still."""
    yield at(2025, 6, 30, 10)
    claim = payments.open_claim(
        year.administrator,
        contract_id=year.contract_id,
        penalty_key="missing_material",
        event="办事指南清单逾期致工作停滞",
        material_id=year.named["material_list"],
        occurred_on=date(2025, 6, 24),
        facts="清单应于 6 月 10 日提供，实际 6 月 24 日提供。",
    )
    year.named["claim_material"] = claim.id
    money.agreed(year, claim.id, Decimal("11.67"), "同意按测算。")


def _outages(year: Year) -> Story:
    """P-A3 for the first outage, P-A4 with a refund for the second; never both for one event (#7)."""
    yield at(2025, 8, 25, 10)
    first = _claimed(year, "unusable", "outage", date(2025, 8, 19), "数据库连接耗尽，业务停办。")
    year.named["claim_outage"] = first
    twice = refused(lambda: _claimed(year, "daily_use", "outage", date(2025, 8, 19), "同一故障。"))
    assert twice.code  # noqa: S101 - one event, one clause
    money.agreed(year, first, Decimal("11.67"), "同意按测算。")
    yield at(2026, 2, 5, 10)
    second = _claimed(year, "daily_use", "night_outage", date(2026, 1, 31), "存储用尽，夜间办件全部失败。")
    year.named["claim_night_outage"] = second
    money.agreed(year, second, Decimal("211.67"), "违约金 11.67 元，另退费 200 元。")


def _claimed(year: Year, key: str, ticket: str, day: date, facts: str) -> uuid.UUID:
    return payments.open_claim(
        year.administrator,
        contract_id=year.contract_id,
        penalty_key=key,
        event=facts,
        ticket_id=year.named[ticket],
        occurred_on=day,
        facts=facts,
    ).id


def _ended(year: Year) -> Story:
    """The term is over: the vendor's people lose their access with it."""
    yield at(2026, 4, 1, 9)
    contracts.end(
        year.administrator,
        contracts.find(year.administrator, year.contract_id),
        ended_on=date(2026, 3, 31),
        reason="合同期满",
    )
    yield at(2026, 4, 2, 10)
    hand_over(year)
