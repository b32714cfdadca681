"""The one table of an inspection's transitions. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from server.core.errors import Conflict
from server.domain.upkeep.vocabulary import EventKind, InspectionState

S = InspectionState


class WrongState(Conflict):
    """The inspection's state does not allow this step."""

    code = "inspection_state"
    message = "巡检当前状态不允许此操作。"


TRANSITIONS: Mapping[EventKind, tuple[frozenset[InspectionState], InspectionState]] = MappingProxyType(
    {
        EventKind.BEGUN: (frozenset({S.PLANNED}), S.DRAFT),
        EventKind.CANCELLED: (frozenset({S.PLANNED, S.DRAFT}), S.CANCELLED),
        EventKind.SUBMITTED: (frozenset({S.DRAFT, S.RETURNED}), S.SUBMITTED),
        EventKind.RETURNED: (frozenset({S.SUBMITTED}), S.RETURNED),
        EventKind.SIGNED: (frozenset({S.SUBMITTED}), S.SIGNED),
    }
)


def allows(state: InspectionState, step: EventKind) -> bool:
    """Whether a step may be taken in a state: what pages ask before they show a button."""
    return state in TRANSITIONS[step][0]


def after(state: InspectionState, step: EventKind) -> InspectionState:
    """The state that a step leads to; WrongState if it may not be taken here."""
    if not allows(state, step):
        raise WrongState(f"巡检{state.label}，不能{step.label}。", state=state.value, step=step.value)
    return TRANSITIONS[step][1]
