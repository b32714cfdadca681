"""The one table of a completion notice's transitions. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from server.core.errors import Conflict
from server.domain.records.vocabulary import CompletionState, EventKind

S = CompletionState


class WrongState(Conflict):
    """The notice's state does not allow this step."""

    code = "completion_state"
    message = "完工通知当前状态不允许此操作。"


# Steps that move a notice: from which states, and to which. Nothing else moves one; what was decided stays decided.
TRANSITIONS: Mapping[EventKind, tuple[frozenset[CompletionState], CompletionState]] = MappingProxyType(
    {
        EventKind.RECEIVED: (frozenset({S.SENT}), S.RECEIVED),
        EventKind.ACCEPTED: (frozenset({S.RECEIVED}), S.ACCEPTED),
        EventKind.REJECTED: (frozenset({S.RECEIVED}), S.REJECTED),
        EventKind.DEEMED: (frozenset({S.RECEIVED}), S.DEEMED),
        EventKind.WITHDRAWN: (frozenset({S.SENT, S.RECEIVED}), S.WITHDRAWN),
    }
)

# Steps that leave the state alone, and where they are allowed.
STANDING: Mapping[EventKind, frozenset[CompletionState]] = MappingProxyType(
    {
        EventKind.SENT: frozenset({S.SENT}),
        EventKind.RECEIPT_CLAIMED: frozenset({S.SENT}),
        EventKind.RECEIPT_DISPUTED: frozenset({S.SENT}),
        EventKind.MOVED: frozenset({S.RECEIVED}),
    }
)


def allows(state: CompletionState, step: EventKind) -> bool:
    """Whether a step may be taken in a state: what pages ask before they show a button."""
    if step in TRANSITIONS:
        return state in TRANSITIONS[step][0]
    return state in STANDING.get(step, frozenset())


def after(state: CompletionState, step: EventKind) -> CompletionState:
    """The state that a step leads to; WrongState if it may not be taken here."""
    if not allows(state, step):
        raise WrongState(f"完工通知{state.label}，不能{step.label}。", state=state.value, step=step.value)
    return TRANSITIONS[step][1] if step in TRANSITIONS else state
