"""Trainings that were held: how many, for whom, how long (A09, A14, A32). None where none was ever planned."""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa

from server.core.db import session
from server.domain.reports.content import Figure, Grid, Ref, Section, Work, count
from server.domain.reports.look import Look, day_text
from server.domain.training import DONE, Training, counts_of


def trained(look: Look) -> Section | None:
    """The section. A training counts in the period in which it really began."""
    of_contract = sa.select(Training).where(Training.contract_id == look.contract_id)
    query = of_contract.where(
        Training.state.in_(DONE), Training.actual_start >= look.start, Training.actual_start < look.at
    )
    held = list(session().scalars(query.order_by(Training.actual_start, Training.number)))
    if not held and session().scalars(of_contract.where(Training.created_at < look.at).limit(1)).first() is None:
        return None
    people = counts_of([each.id for each in held])
    hours = sum((each.hours or Decimal(0) for each in held), Decimal("0.0"))
    refs = [Ref(f"{each.number} {each.topic}", f"/admin/trainings/{each.id}") for each in held]
    rows = [
        (
            day_text(each.actual_start),
            each.topic,
            each.ground.label,
            each.trainer_name,
            str(people[each.id]),
            f"{each.hours or Decimal(0):f}",
        )
        for each in held
    ]
    total = sum(people.values())
    return Section(
        key="training",
        title="培训",
        figures=(
            count("training.held", "举办培训", refs, unit="次"),
            Figure("training.people", "参加人次", total, f"{total} 人次", refs=tuple(refs)),
            Figure("training.hours", "培训课时", f"{hours:f}", f"{hours if hours else 0:f} 小时", refs=tuple(refs)),
        ),
        grids=(Grid("training.rows", "培训情况", ("日期", "主题", "性质", "培训人", "人数", "课时"), tuple(rows)),),
        works=tuple(
            Work(
                day_text(each.actual_start),
                "培训",
                f"{each.number} {each.topic}（{people[each.id]} 人）",
                each.trainer_name,
            )
            for each in held
        ),
    )
