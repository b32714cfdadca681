"""Carrying flags from one environment to the next: against the last common revision, with what they need, dry first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from server.core.errors import Conflict, Invalid
from server.domain.flags import access, objects, references
from server.domain.flags.access import FlagNotFound
from server.domain.flags.applying import origins_with
from server.domain.flags.changes import Change, Moved, NothingChanged, Preview, plan_of, three_way, touched, verified
from server.domain.flags.content import Tree, content_of, held, tree
from server.domain.flags.environments import Environment
from server.domain.flags.models import ChangeRequest, Revision, RevisionKind, Subject
from server.domain.flags.objects import Document
from server.domain.flags.policy import checked_reason, needs_approval
from server.domain.flags.requests import Promoted, enter
from server.domain.flags.revisions import Origin, signed, write
from server.domain.identity import Actor, Permission

Item = tuple[Subject, str]


class PromotionConflict(Conflict):
    """Both environments changed the same flag since the last promotion, and the changes contradict each other.

    ``moved`` names them: ``mine`` is the source's document, ``theirs`` the target's.
    """

    code = "flag_promotion_conflict"
    message = "目标环境里有同时被修改的内容，请先选择以哪一边为准。"

    def __init__(self, moved: Sequence[Moved]) -> None:
        self.moved = list(moved)
        names = "、".join(f"“{each.key}”" for each in self.moved)
        told = f"{names}在两个环境里都有修改且互相矛盾，请先选择以哪一边为准。"
        super().__init__(told, keys=[each.key for each in self.moved])


class PromotionMoved(Conflict):
    """What would be promoted is not what the person saw."""

    code = "flag_promotion_moved"
    message = "要晋级的内容在您查看之后又有变化，请重新查看差异。"


@dataclass(slots=True)
class Carried:
    """What a promotion comes to: changes of the target, flags that both sides changed, and the new common hashes."""

    changes: list[Change] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)
    origins: dict[str, str | None] = field(default_factory=dict)
    contradicting: list[Moved] = field(default_factory=list)


def promote_preview(
    actor: Actor,
    source: Environment,
    target: Environment,
    keys: Iterable[str] | None = None,
    *,
    prefer: Collection[str] = (),
) -> Preview:
    """What ``promote`` would change in the target now, written nowhere. Needs flag.view.

    ``keys`` are flags, None: all that differ. The segments that they need come along, and prerequisites that the target
    does not have; ``touched`` lists them all. ``moved`` holds what both sides changed: ``merged`` where it fits together, else
    ``conflicts``, and the source's document stands in ``after``. ``prefer``: see ``promote``.
    """
    access.need(actor)
    _check_way(source, target)
    origin, base = tree(source), tree(target)
    carried = _carry(origin, base, keys, prefer)
    plan = plan_of(base, carried.changes)
    before = content_of(base)
    after = verified(plan) if plan.steps else before
    return Preview(before, after, touched(before, after), carried.moved, plan.token)


def promote(
    actor: Actor,
    source: Environment,
    target: Environment,
    keys: Iterable[str],
    *,
    reason: str,
    apply_at: datetime | None = None,
    prefer: Collection[str] = (),
    seen: str | None = None,
) -> ChangeRequest | Revision:
    """Carry flags from a source to a later environment. Needs flag.edit.

    A ChangeRequest where the target's rules need approval or with ``apply_at``, else the Revision. Only what the source
    changed since the last promotion is carried; the target's own changes stay. ``prefer``: keys (``segment:<key>`` for
    segments) whose document is taken from the source as a whole. ``seen``: ``Preview.token`` of the dry run.

    PromotionConflict, PromotionMoved, NothingChanged, FlagNotFound, StillNeeded, Invalid.
    """
    access.need(actor, Permission.FLAG_EDIT)
    _check_way(source, target)
    reason = checked_reason(reason)
    base = held(target)
    origin = tree(source)
    carried = _carry(origin, base, keys, prefer)
    plan = plan_of(base, carried.changes)
    if seen is not None and seen != plan.token:
        raise PromotionMoved
    if carried.contradicting:
        raise PromotionConflict(carried.contradicting)
    if not plan.steps:
        raise NothingChanged("目标环境已经是这样，没有需要晋级的内容。")
    verified(plan)
    if apply_at is not None or needs_approval(target):
        promoted = Promoted(source, origin.number, carried.origins)
        return enter(actor, plan, RevisionKind.PROMOTION, reason=reason, apply_at=apply_at, promoted=promoted)
    came = Origin(
        promoted_from=source,
        promoted_number=origin.number,
        origins=origins_with(base, source.value, carried.origins),
    )
    return write(actor, plan, RevisionKind.PROMOTION, signed(actor, reason), came)


def name_of(subject: Subject, key: str) -> str:
    """How a key is spelled where flags and segments stand together."""
    return key if subject is Subject.FLAG else f"segment:{key}"


def _check_way(source: Environment, target: Environment) -> None:
    if source.step >= target.step:
        raise Invalid(fields={"target": ["只能从开发版到体验版、再到正式版的方向晋级"]})


def _carry(origin: Tree, base: Tree, keys: Iterable[str] | None, prefer: Collection[str]) -> Carried:
    common = dict(base.origins.get(origin.environment.value, {}))
    hashes = {*origin.flags.values(), *origin.segments.values(), *base.flags.values(), *base.segments.values()}
    known = objects.load(hashes | set(common.values()))
    carried = Carried()
    waiting: list[Item] = [(Subject.FLAG, key) for key in _chosen(origin, common, keys)]
    done: set[Item] = set()
    while waiting:
        item = waiting.pop()
        if item in done:
            continue
        done.add(item)
        after = _carry_one(item, origin, base, common, known, prefer, carried)
        if after is not None:
            waiting += sorted(_needed(item[0], after, origin, base) - done)
    carried.changes.sort(key=lambda each: (each.subject, each.key))
    return carried


def _chosen(origin: Tree, common: dict[str, str], keys: Iterable[str] | None) -> list[str]:
    """The flags asked for; all of the source, and those that it had and removed, unless some are named."""
    once = {name.removeprefix("flag:") for name in common if name.startswith("flag:")}
    if keys is None:
        return sorted(origin.flags.keys() | once)
    wanted = sorted(set(keys))
    for key in wanted:
        if key not in origin.flags and key not in once:
            raise FlagNotFound(f"{origin.environment.label}里没有功能开关“{key}”。", key=key)
    return wanted


def _needed(subject: Subject, document: Document, origin: Tree, base: Tree) -> set[Item]:
    """What has to come along: segments always, since they say whom a rule means; other flags only where they are missing."""
    return {
        (sort, key)
        for sort, key in references.of(subject, document)
        if origin.get(sort, key) is not None and (sort is Subject.SEGMENT or base.get(sort, key) is None)
    }


def _carry_one(
    item: Item,
    origin: Tree,
    base: Tree,
    common: dict[str, str],
    known: dict[str, Document],
    prefer: Collection[str],
    carried: Carried,
) -> Document | None:
    """Settle one flag or segment; its document in the target afterwards, if the promotion puts one there."""
    subject, key = item
    label = f"{subject.value}:{key}"
    theirs, mine, shared = origin.get(subject, key), base.get(subject, key), common.get(label)
    preferred = name_of(subject, key) in prefer
    carried.origins[label] = theirs
    if theirs == mine:
        return known.get(theirs or "")
    if theirs == shared and not preferred:
        # The source said nothing new; what differs is the target's own.
        return None
    document = known.get(theirs or "")
    if mine != shared and not preferred:
        both = three_way(
            subject, key, base=known.get(shared or ""), theirs=known.get(mine or ""), mine=document, theirs_hash=mine
        )
        carried.moved.append(both)
        if both.merged is None:
            carried.contradicting.append(both)
        else:
            document = both.merged
    carried.changes.append(Change(subject, key, document, mine))
    return document
