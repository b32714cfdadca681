"""Who keeps the systems: on the roster at the period's end, come, gone, replaced (A17, A18)."""

from __future__ import annotations

import sqlalchemy as sa

from server.core.db import session
from server.domain.reports.content import Grid, Ref, Section, count
from server.domain.reports.look import Look, day_text
from server.domain.staffing import STANDING, Breach, Maintainer, Replacement, ReplacementState


def people(look: Look) -> Section:
    """The section."""
    everyone = (
        session()
        .scalars(
            sa.select(Maintainer)
            .where(Maintainer.contract_id == look.contract_id, Maintainer.review.in_(STANDING))
            .order_by(Maintainer.valid_from, Maintainer.name)
        )
        .all()
    )
    present = [each for each in everyone if each.valid_from <= look.as_of and _still(each, look)]
    come = [each for each in everyone if look.on_day(each.valid_from)]
    gone = [each for each in everyone if look.on_day(each.valid_to)]
    replaced = _replaced(look)
    listed = look.address("staff/")
    rows = [(each.name, each.role, day_text(each.valid_from), "新进") for each in come]
    rows += [(each.name, each.role, day_text(each.valid_to), "离岗") for each in gone]
    notices = [Ref(f"{each.number} {each.reason.label}", f"/admin/staff/replacements/{each.id}") for each in replaced]
    short = "、".join(dict.fromkeys(Breach(value).label for each in replaced for value in each.breaches))
    return Section(
        key="people",
        title="维护人员",
        figures=(
            count("people.present", "期末在岗", _refs(present), address=listed, unit="人"),
            count("people.come", "新进", _refs(come), address=listed, unit="人"),
            count("people.gone", "离岗", _refs(gone), address=listed, unit="人"),
            count("people.replaced", "人员更换通知", notices, note=short, unit="份"),
        ),
        grids=(Grid("people.rows", "人员变动", ("姓名", "岗位", "日期", "变动"), tuple(rows)),),
    )


def _still(person: Maintainer, look: Look) -> bool:
    return person.valid_to is None or person.valid_to >= look.as_of


def _replaced(look: Look) -> list[Replacement]:
    """Notices that came in the period."""
    query = sa.select(Replacement).where(
        Replacement.contract_id == look.contract_id,
        Replacement.state != ReplacementState.WITHDRAWN,
        Replacement.received_on >= look.first,
        Replacement.received_on <= look.as_of,
    )
    return list(session().scalars(query.order_by(Replacement.received_on, Replacement.number)))


def _refs(people: list[Maintainer]) -> list[Ref]:
    return [Ref(f"{each.name}（{each.role}）", f"/admin/staff/{each.id}") for each in people]
