"""Calls to the duty line: answered, missed, called back (A19). None where no line is kept and nobody called."""

from __future__ import annotations

import sqlalchemy as sa

from server.core.db import session
from server.domain.duty import Call, CallState, DutyLine
from server.domain.reports.content import Figure, Ref, Section, count, percent
from server.domain.reports.look import Look, minute_text


def calls(look: Look) -> Section | None:
    """The section. A call that was called back after the period was still missed at its end."""
    query = sa.select(Call).where(
        Call.contract_id == look.contract_id, Call.started_at >= look.start, Call.started_at < look.at
    )
    found = list(session().scalars(query.order_by(Call.started_at)))
    if not found and session().get(DutyLine, look.contract_id) is None:
        return None
    answered = [each for each in found if each.state is CallState.ANSWERED]
    back = [each for each in found if each.state is CallState.CALLED_BACK and _by_then(look, each)]
    missed = [each for each in found if each not in answered and each not in back]
    rate = percent(len(answered), len(found))
    days = {"from": str(look.first), "to": str(look.last)}

    def figure(key: str, label: str, part: list[Call], **filters: str) -> Figure:
        refs = [Ref(f"{each.number} {minute_text(each.started_at)}", f"/admin/duty/calls/{each.id}") for each in part]
        return count(f"calls.{key}", label, refs, address=look.address("duty/calls/", **days, **filters), unit="次")

    return Section(
        key="calls",
        title="值班电话",
        figures=(
            figure("total", "来电", found),
            figure("answered", "已接听", answered, state=CallState.ANSWERED.value),
            figure("called_back", "未接后已回拨", back, state=CallState.CALLED_BACK.value),
            figure("missed", "未接未回拨", missed, state=CallState.MISSED.value),
            Figure("calls.rate", "接听率", rate, rate, "已接听 ÷ 来电"),
        ),
    )


def _by_then(look: Look, call: Call) -> bool:
    return call.called_back_at is not None and call.called_back_at < look.at
