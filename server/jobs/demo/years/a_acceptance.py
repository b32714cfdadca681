"""Year A's acceptances: accepted, rejected and then accepted, deemed by silence over National Day, over the festival."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime

from server.core import clock
from server.domain import records, tickets
from server.domain.identity import SCHEDULER
from server.domain.records import ItemCheck, ItemDraft, ItemResult, MaterialForm, Quality, ReceiptKind, SessionChannel
from server.domain.tickets import Channel, Kind
from server.jobs.demo.years.cast import Year
from server.jobs.demo.years.script import Story, at
from server.jobs.demo.years.service_records import closed


def stories(year: Year) -> Iterator[Story]:
    """Work, notice, receipt, and the bureau's word or its silence."""
    yield from (_accepted(year), _rejected(year), _deemed(year), _festival(year), _material(year), _final(year))


def _accepted(year: Year) -> Story:
    yield from _worked(
        year, "accepted", at(2025, 4, 2, 10), at(2025, 4, 2, 10, 30), "增加预约取消功能", "群众希望能自己取消预约。"
    )
    ticket_id = year.named["accepted"]
    yield at(2025, 4, 9, 16, 0)
    tickets.resolve(year.maintainer, ticket_id, text="预约可以取消，取消后名额释放。", cause="")
    year.named["completion_accepted"] = _noticed(year, ticket_id, "预约取消功能完工")
    yield at(2025, 4, 10, 9, 0)
    records.receive(year.handler, year.named["completion_accepted"], by="林晓")
    yield at(2025, 4, 14, 10, 0)
    _accept(year, "completion_accepted", "功能符合要求。")
    yield at(2025, 4, 14, 11, 0)
    closed(year, ticket_id)


def _rejected(year: Year) -> Story:
    """Rejected on the last day, a Sunday that was worked; mended, noticed again, accepted."""
    yield from _worked(
        year, "rejected", at(2025, 9, 9, 14), at(2025, 9, 9, 14, 20), "网点地图导航优化", "导航要能选择驾车或步行。"
    )
    ticket_id = year.named["rejected"]
    yield at(2025, 9, 24, 17, 0)
    tickets.resolve(year.maintainer, ticket_id, text="导航可选驾车或步行。", cause="")
    first = _noticed(year, ticket_id, "网点导航优化完工")
    year.named["completion_rejected"] = first
    yield at(2025, 9, 25, 9, 30)
    records.receive(year.handler, first, by="林晓")
    yield at(2025, 9, 28, 15, 0)
    checks = [ItemCheck(ItemResult.PASSED), ItemCheck(ItemResult.FAILED, "步行路线绕行")]
    records.reject(
        year.handler, first, reasons="步行导航路线绕到高架，两台手机均可复现。", results=_results(checks), recheck=True
    )
    yield at(2025, 10, 13, 16, 0)
    tickets.resolve(year.maintainer, ticket_id, text="已改用步行路网，复测通过。", cause="误用驾车路网")
    again = _noticed(year, ticket_id, "网点导航优化完工（第二次）", follows=first)
    year.named["completion_rejected_again"] = again
    yield at(2025, 10, 14, 9, 0)
    records.receive(year.handler, again, by="林晓")
    yield at(2025, 10, 16, 10, 0)
    _accept(year, "completion_rejected_again", "复验合格。")
    yield at(2025, 10, 16, 10, 30)
    closed(year, ticket_id)


def _deemed(year: Year) -> Story:
    """Received on the eve of National Day and then forgotten: the clock accepts when 10-09 is over (A37)."""
    yield from _worked(
        year, "deemed", at(2025, 9, 16, 9), at(2025, 9, 16, 9, 15), "办件提醒文案调整", "提醒里加上窗口电话。"
    )
    ticket_id = year.named["deemed"]
    yield at(2025, 9, 29, 16, 0)
    tickets.resolve(year.maintainer, ticket_id, text="提醒已加上窗口电话。", cause="")
    completion = _noticed(year, ticket_id, "办件提醒文案调整完工")
    year.named["completion_deemed"] = completion
    yield at(2025, 9, 30, 14, 30)
    receipt = records.claim_receipt(
        year.maintainer,
        completion,
        received_at=at(2025, 9, 30, 11, 5),
        by="林晓",
        kind=ReceiptKind.ZHEZHENGDING,
        evidence="浙政钉消息显示 9 月 30 日 11:05 已读。",
    )
    yield at(2025, 9, 30, 16, 0)
    records.confirm_receipt(year.handler, receipt.id)
    yield at(2025, 10, 10, 0, 0)
    records.deem(SCHEDULER, now=clock.now())
    yield at(2025, 10, 10, 9, 0)
    closed(year, ticket_id, note="验收期满未提出异议，视为验收通过。")


def _festival(year: Year) -> Story:
    yield from _worked(
        year, "festival", at(2026, 2, 3, 9, 30), at(2026, 2, 3, 9, 50), "长辈版字号再加一档", "老人反映还是偏小。"
    )
    ticket_id = year.named["festival"]
    yield at(2026, 2, 11, 17, 0)
    tickets.resolve(year.maintainer, ticket_id, text="增加特大字号。", cause="")
    year.named["completion_festival"] = _noticed(year, ticket_id, "长辈版特大字号完工")
    yield at(2026, 2, 12, 10, 0)
    records.receive(
        year.handler,
        year.named["completion_festival"],
        received_at=clock.now(),
        by="林晓",
        kind=ReceiptKind.PAPER,
        evidence="纸质签收单第 7 号",
    )
    yield at(2026, 2, 24, 9, 30)
    _accept(year, "completion_festival", "三台手机试用，字号合适。")
    yield at(2026, 2, 24, 10, 0)
    closed(year, ticket_id)


def _material(year: Year) -> Story:
    """Work stalls for want of the bureau's list (A28): our own target stands still, the response clock never did."""
    yield from _worked(
        year, "material", at(2025, 6, 3, 10), at(2025, 6, 3, 10, 30), "更新办事指南内容", "办事指南需按新清单更新。"
    )
    ticket_id = year.named["material"]
    yield at(2025, 6, 3, 14, 0)
    material = records.request_material(
        year.maintainer,
        contract_id=year.contract_id,
        ticket_id=ticket_id,
        item="2025 版办事指南清单",
        form=MaterialForm.FORM_LIST,
        requested_on=clock.today(),
        due_on=at(2025, 6, 10).date(),
        note="缺清单无法核对条目。",
    )
    year.named["material_list"] = material.id
    yield at(2025, 6, 11, 0, 5)
    records.stall_late(SCHEDULER)
    yield at(2025, 6, 24, 9, 30)
    records.deliver_material(
        year.handler, material.id, delivered_on=clock.today(), quality=Quality.COMPLETE, note="清单共 86 项。"
    )
    yield at(2025, 6, 26, 17, 0)
    tickets.resolve(year.maintainer, ticket_id, text="86 项办事指南全部更新。", cause="甲方清单晚到 14 天")
    yield at(2025, 6, 27, 9, 0)
    closed(year, ticket_id)


def _final(year: Year) -> Story:
    """The whole contract's work is handed over in its last week."""
    yield at(2026, 3, 25, 16, 0)
    completion = records.notify_completion(
        year.maintainer,
        contract_id=year.contract_id,
        title="2025 年度运维服务完工",
        content="合同期内全部服务完成，技术资料已移交。",
        how_to_check="按服务清单逐项核对，抽查工单和巡检单。",
        items=[ItemDraft("合同第三条", "故障处理、巡检、培训记录齐全"), ItemDraft("合同第八条", "成果资料移交完整")],
        final=True,
    )
    year.named["completion_final"] = completion.id
    yield at(2026, 3, 26, 9, 0)
    records.receive(year.administrator, completion.id, by="周敏")
    yield at(2026, 3, 30, 15, 0)
    _accept(year, "completion_final", "全年服务验收合格。")


def _worked(year: Year, name: str, received: datetime, answered: datetime, title: str, text: str) -> Story:
    """An optimisation comes in, is answered, and is worked on from afar, which is noted (A12)."""
    yield received
    ticket = tickets.open(
        year.handler,
        kind=Kind.OPTIMISATION,
        title=title,
        text=text,
        channel=Channel.WECHAT,
        contract_id=year.contract_id,
    )
    year.named[name] = ticket.id
    yield answered
    tickets.respond(year.maintainer, ticket.id, text="已收到，本周安排。")
    tickets.start(year.maintainer, ticket.id)
    yield answered + year.some(120, 180)
    now = clock.now()
    records.log_session(
        year.maintainer,
        contract_id=year.contract_id,
        ticket_id=ticket.id,
        channel=SessionChannel.REMOTE,
        who=year.maintainer.name,
        from_where="公司机房堡垒机",
        account="ops-mini",
        purpose=title,
        started_at=answered + year.some(5, 20),
        ended_at=now,
        work="查看配置并在体验版验证",
    )


def _noticed(year: Year, ticket_id: uuid.UUID, title: str, follows: uuid.UUID | None = None) -> uuid.UUID:
    return records.notify_completion(
        year.maintainer,
        contract_id=year.contract_id,
        title=title,
        content="已按工单要求完成，体验版和正式版均已更新。",
        how_to_check="在两种手机上各操作一遍，对照工单要求。",
        items=[ItemDraft("功能符合工单要求", "按工单描述逐项操作"), ItemDraft("原有功能不受影响", "抽查常用页面")],
        ticket_id=ticket_id,
        follows_id=follows,
    ).id


def _accept(year: Year, name: str, remark: str) -> None:
    records.accept(year.handler, year.named[name], remark=remark, members="林晓、周敏")


def _results(checks: list[ItemCheck]) -> dict[int, ItemCheck]:
    return dict(enumerate(checks, start=1))
