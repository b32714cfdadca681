"""The one table of a ticket's transitions. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from server.core.errors import Conflict
from server.domain.tickets.vocabulary import ACTIVE, LOGGED, EventKind, TicketState

S = TicketState


class WrongState(Conflict):
    """The ticket's state does not allow this step."""

    code = "ticket_state"
    message = "工单当前状态不允许此操作。"


# Steps that move a ticket: from which states, and to which. Nothing else moves one.
TRANSITIONS: Mapping[EventKind, tuple[frozenset[TicketState], TicketState]] = MappingProxyType(
    {
        EventKind.RESPONDED: (frozenset({S.NEW}), S.RESPONDED),
        EventKind.STARTED: (frozenset({S.RESPONDED, S.WAITING}), S.IN_PROGRESS),
        EventKind.WAITED: (frozenset({S.RESPONDED, S.IN_PROGRESS}), S.WAITING),
        EventKind.FED_BACK: (frozenset({S.WAITING}), S.IN_PROGRESS),
        EventKind.RESOLVED: (frozenset({S.RESPONDED, S.IN_PROGRESS, S.WAITING}), S.RESOLVED),
        EventKind.CLOSED: (frozenset({S.RESOLVED}), S.CLOSED),
        EventKind.REOPENED: (frozenset({S.RESOLVED, S.CLOSED}), S.IN_PROGRESS),
        EventKind.CANCELLED: (ACTIVE, S.CANCELLED),
        EventKind.ABSORBED: (ACTIVE, S.CLOSED),
        # A rejected acceptance puts it back to work, wherever it stood once it had been answered (A36).
        EventKind.REJECTED: (frozenset(S) - {S.NEW, S.CANCELLED}, S.IN_PROGRESS),
    }
)

# Steps that leave the state alone, and where they are allowed.
STANDING: Mapping[EventKind, frozenset[TicketState]] = MappingProxyType(
    {
        EventKind.AUTO_REPLIED: ACTIVE,
        EventKind.COMMENTED: frozenset(S) - {S.CANCELLED},
        EventKind.ASSIGNED: ACTIVE | {S.RESOLVED},
        EventKind.SEVERITY_CHANGED: ACTIVE,
        EventKind.SCOPE_DECIDED: frozenset(S) - {S.CANCELLED},
        EventKind.CONTRACT_CHOSEN: ACTIVE,
        EventKind.DISPATCHED: ACTIVE,
        EventKind.ARRIVED: ACTIVE,
        EventKind.RATED: frozenset({S.RESOLVED, S.CLOSED}),
        EventKind.RECLASSIFIED: ACTIVE,
        EventKind.MERGED: ACTIVE,
        EventKind.LINKED: frozenset(S),
        EventKind.ANALYSED: ACTIVE,
        EventKind.CONSENT_ASKED: ACTIVE,
        EventKind.CONSENTED: ACTIVE,
        EventKind.CONSENT_REFUSED: ACTIVE,
        EventKind.ARRIVAL_SIGNED: frozenset(S) - {S.CANCELLED},
        EventKind.SCOPE_PROPOSED: ACTIVE,
        EventKind.SCOPE_CONFIRMED: ACTIVE,
        EventKind.SCOPE_DECLINED: ACTIVE,
        EventKind.CONFIRMED: frozenset({S.RESOLVED}),
        EventKind.MATERIAL_STALLED: ACTIVE,
        EventKind.COMPLETION_NOTICED: frozenset(S) - {S.NEW, S.CANCELLED},
        # What comes in from elsewhere is noted wherever the ticket stands by then.
        **dict.fromkeys(
            LOGGED - {EventKind.MATERIAL_STALLED, EventKind.COMPLETION_NOTICED, EventKind.REJECTED}, frozenset(S)
        ),
    }
)


def allows(state: TicketState, step: EventKind) -> bool:
    """Whether a step may be taken in a state: what pages ask before they show a button."""
    if step in TRANSITIONS:
        return state in TRANSITIONS[step][0]
    return state in STANDING.get(step, frozenset())


def after(state: TicketState, step: EventKind) -> TicketState:
    """The state that a step leads to; WrongState if it may not be taken here."""
    if not allows(state, step):
        raise WrongState(f"工单{state.label}，不能{step.label}。", state=state.value, step=step.value)
    return TRANSITIONS[step][1] if step in TRANSITIONS else state
