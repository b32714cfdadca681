"""Consultations of the period by channel and asker, and what they were about (B15, B16). Cancelled ones do not count."""

from __future__ import annotations

from collections import Counter

from server.domain.reports.content import Grid, Section, count
from server.domain.reports.figures.desk import refs
from server.domain.reports.look import Look
from server.domain.tickets import AskerKind, Channel, ConsultKind, Kind, Ticket, TicketState

UNTOLD = "未注明"


def consulting(look: Look) -> Section:
    """The section."""
    asked = [each for each in look.received() if each.kind is Kind.CONSULTATION and _counts(look, each)]
    seen = look.tickets_address(kind=Kind.CONSULTATION.value, state="")
    return Section(
        key="consulting",
        title="咨询服务",
        figures=(count("consulting.total", "受理咨询", refs(asked), address=seen),),
        grids=(_channels(asked), _subjects(asked)),
    )


def _counts(look: Look, ticket: Ticket) -> bool:
    return look.state_at(ticket, look.at) is not TicketState.CANCELLED


def _channels(asked: list[Ticket]) -> Grid:
    askers: list[AskerKind | None] = [*AskerKind, None]
    cells = Counter((each.channel, each.asker_kind) for each in asked)
    totals = Counter(each.channel for each in asked)
    rows = [
        (channel.label, *(str(cells[channel, asker]) for asker in askers), str(totals[channel]))
        for channel in Channel
        if totals[channel]
    ]
    by_asker = Counter(each.asker_kind for each in asked)
    rows.append(("合计", *(str(by_asker[asker]) for asker in askers), str(len(asked))))
    names = [asker.label if asker else UNTOLD for asker in askers]
    return Grid("consulting.channels", "按渠道和咨询人", ("渠道", *names, "合计"), tuple(rows))


def _subjects(asked: list[Ticket]) -> Grid:
    kinds = Counter(each.consult_kind for each in asked)
    rows = [(kind.label, str(kinds[kind])) for kind in ConsultKind if kinds[kind]]
    if kinds[None]:
        rows.append((UNTOLD, str(kinds[None])))
    return Grid("consulting.kinds", "按内容", ("内容", "件数"), tuple(rows))
