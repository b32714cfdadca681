"""A batch, one matter at a time: each is issued in a unit, set outside any, and counted in the unit that ends it.

The sum of the counts is the place in the list, so a worker that died is followed by one that goes on exactly there.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from server.core import clock
from server.core.db import session
from server.core.errors import ShijianError
from server.domain import identity
from server.domain.documents import making
from server.domain.documents.issuing import issue
from server.domain.documents.making import Made
from server.domain.documents.models import DocumentRun
from server.domain.documents.reading import standing
from server.domain.documents.runs import MOST_NOTES
from server.domain.documents.vocabulary import DocumentState
from server.domain.identity import Actor

LOST = "申请人的账号已停用，批量任务不能继续。"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a batch is: how many matters are done, of how many, and which comes next (None: it is over)."""

    done: int
    total: int
    kind: str
    subject_id: uuid.UUID | None


def place_of(run_id: uuid.UUID) -> Place | None:
    """Where the batch is now; None if it ended."""
    run = session().get(DocumentRun, run_id, populate_existing=True)
    if run is None or run.ended_at is not None:
        return None
    done = run.made + run.skipped + run.failed
    following = uuid.UUID(run.chosen[done]) if done < len(run.chosen) else None
    return Place(done, len(run.chosen), run.kind, following)


def asker_of(run_id: uuid.UUID) -> Actor | None:
    """Who asked for a run, with what they may do today; None if they may not come in any more."""
    run = session().get_one(DocumentRun, run_id)
    return identity.actor_by_officer(run.asked_by_id) if run.asked_by_id else None


def issue_next(run_id: uuid.UUID, place: Place, actor: Actor) -> uuid.UUID | None:
    """Issue the next matter's document: its id, if files are to be made; None if the matter is done with.

    A refusal of the matter's room is noted and costs neither a number nor the rest of the batch.
    """
    assert place.subject_id is not None  # noqa: S101 - the caller stops at the end
    stands = standing(place.kind, place.subject_id)
    if stands is not None:
        # one of a killed worker's; any other was there before us
        if stands.state is DocumentState.MAKING:
            return stands.id
        _count(run_id, place, "skipped")
        return None
    try:
        with session().begin_nested():
            return issue(actor, place.kind, place.subject_id, making=False).id
    except ShijianError as refused:
        _count(run_id, place, "failed", refused.text)
        return None


def finish_one(run_id: uuid.UUID, place: Place, document_id: uuid.UUID, made: Sequence[Made]) -> None:
    """Name the files of a matter's document and count it."""
    making.keep(document_id, made)
    _count(run_id, place, "made")


def fail_one(run_id: uuid.UUID, place: Place, document_id: uuid.UUID, text: str) -> None:
    """Say on the document, and in the batch, why there are no files."""
    making.note_problem(document_id, text)
    _count(run_id, place, "failed", text)


def end_run(run_id: uuid.UUID) -> None:
    """It is over."""
    session().get_one(DocumentRun, run_id, populate_existing=True).ended_at = clock.now()


def _count(run_id: uuid.UUID, place: Place, what: str, note: str = "") -> None:
    run = session().get_one(DocumentRun, run_id, populate_existing=True, with_for_update=True)
    if run.made + run.skipped + run.failed != place.done:
        # somebody else was here: the fence of the job's unit lets only one of us be committed
        return
    setattr(run, what, getattr(run, what) + 1)
    if note and len(run.notes) < MOST_NOTES:
        run.notes = [*run.notes, {"subject": str(place.subject_id), "text": note[:300]}]
