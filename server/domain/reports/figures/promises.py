"""Response and on-site promises of the tickets received in the period, as the desk derived them from the log (A20, A21).

Counted are promises with a deadline that ended: met, or late by now. What lies outside the contract does not count
(A29), cancelled tickets do not, and a merged matter counts once.
"""

from __future__ import annotations

from datetime import timedelta
from statistics import median_low

from server.domain.reports.content import Figure, Grid, Section, percent
from server.domain.reports.figures.desk import refs
from server.domain.reports.look import Look, minute_text
from server.domain.tickets import ClockKind, Ticket, TicketClock, TicketState, is_late

NAMES = {ClockKind.RESPONSE: "响应", ClockKind.ON_SITE: "到场"}


def promises(look: Look) -> Section:
    """The section."""
    agreed = {ClockKind.RESPONSE: look.terms.response is not None, ClockKind.ON_SITE: look.terms.on_site is not None}
    figures: list[Figure] = []
    broken: list[tuple[Ticket, TicketClock]] = []
    for kind, name in NAMES.items():
        pairs = [pair for pair in look.clocks if pair[1].kind is kind and _counts(pair[0])]
        ended = [pair for pair in pairs if _ended(look, pair[1])]
        late = [pair for pair in ended if is_late(pair[1].due_at, pair[1].met_at, look.now)]
        broken += late
        figures += _attainment(look, kind, name, ended, late, agreed=agreed[kind] or bool(ended))
    waits = [kept.met_at - kept.started_at for ticket, kept in look.clocks if _answered(ticket, kept) and kept.met_at]
    if waits:
        text = _length(median_low(sorted(waits, key=timedelta.total_seconds)))
        figures.append(Figure("promises.middle", "响应用时中位数", text, text, f"{len(waits)} 件"))
    return Section(
        key="promises",
        title="服务时限达标情况",
        figures=tuple(figures),
        grids=(_broken(look, broken),),
        note="按接报时间归入期间；合同范围外、已撤销的不计，已合并的计一次。",
    )


def _counts(ticket: Ticket) -> bool:
    return ticket.scope.counts and ticket.state is not TicketState.CANCELLED


def _ended(look: Look, kept: TicketClock) -> bool:
    return kept.due_at is not None and (kept.met_at is not None or kept.due_at < look.now)


def _answered(ticket: Ticket, kept: TicketClock) -> bool:
    return kept.kind is ClockKind.RESPONSE and _counts(ticket)


def _attainment(
    look: Look,
    kind: ClockKind,
    name: str,
    ended: list[tuple[Ticket, TicketClock]],
    late: list[tuple[Ticket, TicketClock]],
    *,
    agreed: bool,
) -> list[Figure]:
    key = f"promises.{kind.value}"
    if not agreed:
        return [Figure(f"{key}.rate", f"{name}达标率", None, "未约定", "合同没有约定该时限")]
    kept = [ticket for ticket, _ in ended if ticket.id not in {other.id for other, _ in late}]
    rate = percent(len(kept), len(ended))
    return [
        Figure(
            f"{key}.ended", f"应{name}", len(ended), f"{len(ended)} 件", refs=tuple(refs(t for t, _ in ended)[:200])
        ),
        Figure(f"{key}.kept", f"按时{name}", len(kept), f"{len(kept)} 件", refs=tuple(refs(kept)[:200])),
        Figure(
            f"{key}.late",
            f"{name}超时",
            len(late),
            f"{len(late)} 件",
            address=look.tickets_address(state="", due="broken"),
            refs=tuple(refs(ticket for ticket, _ in late)[:200]),
        ),
        Figure(f"{key}.rate", f"{name}达标率", rate, rate, "按时 ÷ 应计"),
    ]


def _broken(look: Look, broken: list[tuple[Ticket, TicketClock]]) -> Grid:
    rows = [
        (
            ticket.number,
            ticket.title,
            NAMES[kept.kind],
            minute_text(kept.due_at),
            minute_text(kept.met_at) or "尚未",
            _length((kept.met_at or look.now) - kept.due_at) if kept.due_at else "",
        )
        for ticket, kept in sorted(broken, key=lambda pair: pair[1].started_at)
    ]
    return Grid("promises.broken", "超时明细", ("工单", "事项", "时限", "应完成", "实际完成", "超时"), tuple(rows))


def _length(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    hours, rest = divmod(minutes, 60)
    if hours and rest:
        return f"{hours} 小时 {rest} 分钟"
    return f"{hours} 小时" if hours else f"{rest} 分钟"
