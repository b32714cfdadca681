"""The law of a training's states: what may follow what, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from server.core.errors import Conflict
from server.domain.training.vocabulary import State, Step

S = State
TABLE: Mapping[Step, Mapping[State, State]] = {
    Step.EDITED: {each: each for each in (S.PLANNED, S.SCHEDULED, S.POSTPONED, S.OPEN, S.HELD)},
    Step.QUESTIONS_SET: {each: each for each in (S.PLANNED, S.SCHEDULED, S.POSTPONED)},
    Step.SCHEDULED: dict.fromkeys((S.PLANNED, S.SCHEDULED, S.POSTPONED), S.SCHEDULED),
    Step.POSTPONED: dict.fromkeys((S.PLANNED, S.SCHEDULED), S.POSTPONED),
    Step.CANCELLED: dict.fromkeys((S.PLANNED, S.SCHEDULED, S.POSTPONED, S.OPEN), S.CANCELLED),
    Step.OPENED: {S.SCHEDULED: S.OPEN},
    # held without check-in by phone: everybody is entered by hand
    Step.HELD: {S.SCHEDULED: S.HELD, S.OPEN: S.HELD},
    Step.HOURS_SET: {S.HELD: S.HELD},
    Step.ATTENDED: {S.OPEN: S.OPEN, S.HELD: S.HELD},
    Step.STRUCK: {S.OPEN: S.OPEN, S.HELD: S.HELD},
    Step.CLOSED: {S.HELD: S.CLOSED},
    Step.FILE_ADDED: {each: each for each in S if each is not S.CANCELLED},
}


class WrongState(Conflict):
    """The training is not where this step begins."""

    code = "training_wrong_state"
    message = "培训当前状态不允许这样操作，请刷新后查看。"


def allows(state: State, step: Step) -> bool:
    """Whether a step is possible from a state."""
    return state in TABLE.get(step, {})


def after(state: State, step: Step) -> State:
    """The state after a step; WrongState if it is not possible."""
    try:
        return TABLE[step][state]
    except KeyError:
        raise WrongState(f"“{state.label}”的培训不能{step.label}。") from None
