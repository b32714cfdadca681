"""Papers that were due in the period, and what falls due in the next: the ground of the plan (B23)."""

from __future__ import annotations

from server.domain.deliverables import Standing
from server.domain.reports.content import Grid, Ref, Section, count
from server.domain.reports.look import Look, until_text


def owed(look: Look) -> Section:
    """The section."""
    due = [each for each in look.duties if look.on_day(each.expected.due_on)]
    in_time = [each for each in due if _came(look, each) and not each.late]
    late = [each for each in due if _came(look, each) and each.late]
    missing = [each for each in due if not _came(look, each)]
    coming = coming_due(look)
    listed = f"/admin/deliverables/contract/{look.contract_id}"
    rows = [(e.expected.title, e.expected.period, until_text(e.expected.due_at), _word(look, e)) for e in due]
    return Section(
        key="owed",
        title="交付物",
        figures=(
            count("owed.due", "本期应交", _refs(due), address=listed, unit="项"),
            count("owed.in_time", "按时提交", _refs(in_time), address=listed, unit="项"),
            count("owed.late", "迟交", _refs(late), address=listed, unit="项"),
            count("owed.missing", "未提交", _refs(missing), address=listed, unit="项"),
            count("owed.coming", "下期应交", _refs(coming), address=listed, unit="项"),
        ),
        grids=(Grid("owed.rows", "本期应交付物", ("交付物", "周期", "截止", "状态"), tuple(rows)),),
    )


def coming_due(look: Look) -> list[Standing]:
    """What falls due in the period after this one, and has not come."""
    first, last = look.next_days
    return [
        each
        for each in look.duties
        if each.expected.due_on is not None and first <= each.expected.due_on <= last and not _came(look, each)
    ]


def _came(look: Look, duty: Standing) -> bool:
    return duty.delivery is not None and duty.delivery.handed_at < look.at


def _word(look: Look, duty: Standing) -> str:
    if not _came(look, duty):
        return "未提交"
    return "迟交" if duty.late else "按时提交"


def _refs(duties: list[Standing]) -> list[Ref]:
    return [
        Ref(
            f"{each.expected.title}（{each.expected.period}）",
            f"/admin/deliverables/{each.contract.id}/{each.expected.key}/{each.expected.cycle_on}",
        )
        for each in duties
    ]
