"""Open requests whose base has moved: they are told so at once, and never overwrite what came between."""

from __future__ import annotations

import sqlalchemy as sa

from server.core.db import session
from server.domain import identity
from server.domain.flags.content import Tree
from server.domain.flags.models import ChangeRequest, RequestState, Subject
from server.domain.identity import Actor

OPEN = (RequestState.PENDING, RequestState.APPROVED)
MOST = 500


def mark(actor: Actor, now: Tree) -> None:
    """Have the open requests of a held environment end whose flags are not as their author saw them."""
    query = sa.select(ChangeRequest).where(ChangeRequest.environment == now.environment, ChangeRequest.state.in_(OPEN))
    for request in session().scalars(query.execution_options(populate_existing=True)):
        names = moved_in(request, now)
        if names:
            declare(actor, request, f"{'、'.join(names)}在申请提出之后又有修改，请按最新内容重新提交。")


def moved_in(request: ChangeRequest, now: Tree) -> list[str]:
    """The keys of a request that do not stand as its author saw them."""
    return [
        f"“{each['key']}”"
        for each in request.changes
        if now.get(Subject(each["subject"]), each["key"]) != each["before"]
    ]


def declare(actor: Actor, request: ChangeRequest, sentence: str, state: RequestState = RequestState.CONFLICTED) -> None:
    """End a request in a state that says it could not take effect (or be set back), and why."""
    before = request.state
    request.state = state
    request.conflict = sentence if len(sentence) <= MOST else f"{sentence[: MOST - 1]}…"
    session().flush()
    identity.record(
        actor,
        "flag_request.conflicted",
        subject=("flag_request", request.id),
        summary=f"{request.environment.label}开关变更申请未能执行：{request.conflict}",
        changes={"state": [before.value, state.value]},
        result="failed",
    )
