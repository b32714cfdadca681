"""Changes to a flag set before they are written: checked, told apart from what stands, and merged where others were quicker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from server.core.errors import Conflict, Invalid
from server.domain.flags import documents, objects, references
from server.domain.flags.access import need
from server.domain.flags.content import Content, Tree, content_of, tree
from server.domain.flags.documents import Difference
from server.domain.flags.environments import Environment
from server.domain.flags.evaluation import compile_set
from server.domain.flags.models import Subject
from server.domain.flags.objects import Document, hash_of
from server.domain.flags.policy import policy
from server.domain.flags.serving import document_of
from server.domain.identity import Actor


class NothingChanged(Invalid):
    """The changes come to what stands already."""

    code = "flag_nothing_changed"
    message = "没有任何变化，不需要发布。"


class StillNeeded(Conflict):
    """A flag or segment that others build on cannot go."""

    code = "flag_still_needed"
    message = "仍有功能开关依赖它，不能删除。"


class TooManyFlags(Invalid):
    """More flags than the rules allow in one environment."""

    code = "flag_too_many"
    message = "功能开关数量超过上限，请先清理不再使用的开关。"


@dataclass(frozen=True, slots=True)
class Change:
    """One document to be written or removed.

    ``document`` None removes it. ``base_hash`` is the hash that the editor saw (``Content.hash_of``); None: there was none.
    """

    subject: Subject
    key: str
    document: Document | None
    base_hash: str | None


@dataclass(frozen=True, slots=True)
class Touched:
    """One flag or segment that differs between two flag sets; None: it is not there."""

    subject: Subject
    key: str
    before: Document | None
    after: Document | None
    differences: list[Difference]

    @property
    def name(self) -> str:
        """What people call it."""
        found = self.after or self.before or {}
        return str(found.get("name") or self.key)


@dataclass(frozen=True, slots=True)
class Moved:
    """A change whose base is not what stands any more, because somebody else changed the same flag.

    ``base`` is what the editor saw, ``theirs`` what stands now (``theirs_hash``: the base of the next try), ``mine`` what was
    asked for; ``merged`` holds both changes where they do not contradict, else None and ``conflicts`` names where they do.
    """

    subject: Subject
    key: str
    base: Document | None
    theirs: Document | None
    mine: Document | None
    theirs_hash: str | None
    merged: Document | None
    conflicts: list[Any]
    their_differences: list[Difference]

    @property
    def clean(self) -> bool:
        """Whether both changes can stand together. A removal never merges with another's change."""
        return self.merged is not None


class FlagMoved(Conflict):
    """Somebody else changed a flag that this change is about; ``moved`` holds both sides and what they come to together."""

    code = "flag_moved"
    message = "该功能开关刚被他人修改，请查看差异后再保存。"

    def __init__(self, moved: Sequence[Moved]) -> None:
        self.moved = list(moved)
        names = "、".join(f"“{each.key}”" for each in self.moved)
        super().__init__(f"{names}刚被他人修改，请查看差异后再保存。", keys=[each.key for each in self.moved])


@dataclass(frozen=True, slots=True)
class Preview:
    """What changes would come to. ``moved`` ones stand in ``after`` merged where that is clean, else as asked for.

    ``token`` is what ``promote`` takes as ``seen``; empty where nothing takes one.
    """

    before: Content
    after: Content
    touched: list[Touched]
    moved: list[Moved] = field(default_factory=list)
    token: str = ""

    @property
    def differences(self) -> dict[str, list[Difference]]:
        """By key; a segment's key is written ``segment:<key>``."""
        flag = Subject.FLAG
        return {each.key if each.subject is flag else f"segment:{each.key}": each.differences for each in self.touched}


@dataclass(frozen=True, slots=True)
class Step:
    """One key of a tree, before and after, by hash."""

    subject: Subject
    key: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps from a tree to another, and the documents that they bring."""

    base: Tree
    steps: tuple[Step, ...]
    brought: Mapping[str, Document]

    @property
    def tree(self) -> Tree:
        """What the steps lead to, still under the number of the base."""
        shelves = self.base.plain()
        for step in self.steps:
            shelf = shelves[step.subject.shelf]
            if step.after is None:
                shelf.pop(step.key, None)
            else:
                shelf[step.key] = step.after
        return replace(self.base, flags=shelves["flags"], segments=shelves["segments"])

    @property
    def token(self) -> str:
        """Equal for equal steps, whatever else the flag set holds: what a person saw before saying yes."""
        return hash_of(
            sorted([step.subject.value, step.key, step.before or "", step.after or ""] for step in self.steps)
        )


def preview(actor: Actor, environment: Environment, changes: Iterable[Change]) -> Preview:
    """What changes would come to now, written nowhere. Needs flag.view.

    Invalid for documents that are wrong or do not fit together (fields by path); never FlagMoved: see ``Preview.moved``.
    """
    need(actor)
    base = tree(environment)
    wanted = checked(changes)
    late = moved_of(base, wanted)
    merged = {(each.subject, each.key): each.merged for each in late if each.merged is not None}
    taken = [replace(each, document=merged.get((each.subject, each.key), each.document)) for each in wanted]
    plan = plan_of(base, taken)
    before = content_of(base)
    after = verified(plan) if plan.steps else before
    return Preview(before, after, touched(before, after), late)


def checked(changes: Iterable[Change]) -> list[Change]:
    """The changes with their documents in canonical form; Invalid if one is wrong or named twice."""
    found: dict[tuple[Subject, str], Change] = {}
    for each in changes:
        if (each.subject, each.key) in found:
            raise Invalid(f"同一次修改里“{each.key}”出现了两次。")
        found[each.subject, each.key] = replace(each, document=canonical(each.subject, each.key, each.document))
    return list(found.values())


def canonical(subject: Subject, key: str, document: Document | None) -> Document | None:
    """A document as it is stored and hashed; Invalid if it is wrong, or of another key."""
    if document is None:
        return None
    parse = documents.parse_flag if subject is Subject.FLAG else documents.parse_segment
    plain = documents.plain(parse(document))
    if plain["key"] != key:
        raise Invalid(fields={"key": ["标识一经创建不能更改；请另建一个"]})
    return plain


def moved_of(base: Tree, changes: Sequence[Change]) -> list[Moved]:
    """Those changes whose base does not stand any more."""
    late = [(each, base.get(each.subject, each.key)) for each in changes]
    late = [(each, now) for each, now in late if now != each.base_hash]
    known = objects.load(digest for each, now in late for digest in (each.base_hash, now) if digest)
    return [
        three_way(
            each.subject,
            each.key,
            base=known.get(each.base_hash or ""),
            theirs=known.get(now or ""),
            mine=each.document,
            theirs_hash=now,
        )
        for each, now in late
    ]


def three_way(
    subject: Subject,
    key: str,
    *,
    base: Document | None,
    theirs: Document | None,
    mine: Document | None,
    theirs_hash: str | None,
) -> Moved:
    """Both sides of a document and what they come to together. Where one side removed it, nothing is merged."""
    told = documents.differences(base, theirs)
    if mine is None or theirs is None:
        return Moved(subject, key, base, theirs, mine, theirs_hash, None, told, told)
    merged = documents.merge(base, mine, theirs)
    return Moved(subject, key, base, theirs, mine, theirs_hash, merged.document, list(merged.conflicts), told)


def plan_of(base: Tree, changes: Iterable[Change]) -> Plan:
    """The steps that checked changes come to; what changes nothing is left out."""
    steps, brought = [], {}
    for each in changes:
        after = None if each.document is None else documents.digest(each.document)
        before = base.get(each.subject, each.key)
        if after == before:
            continue
        steps.append(Step(each.subject, each.key, before, after))
        if after is not None and each.document is not None:
            brought[after] = each.document
    return Plan(base, tuple(steps), brought)


def verified(plan: Plan) -> Content:
    """The flag set that a plan comes to, with all that must hold of it as a whole.

    StillNeeded, TooManyFlags; Invalid for unknown segments or prerequisites, for circles, and for what does not compile.
    """
    target = plan.tree
    found = objects.load({*target.flags.values(), *target.segments.values()} - plan.brought.keys()) | dict(plan.brought)
    after = Content(
        environment=target.environment,
        number=target.number,
        flags={key: found[digest] for key, digest in sorted(target.flags.items())},
        segments={key: found[digest] for key, digest in sorted(target.segments.items())},
        content_hash=target.content_hash,
        hashes=target,
    )
    _check_removed(plan, after)
    most = policy().most_flags
    if len(after.flags) > most and len(after.flags) > len(plan.base.flags):
        raise TooManyFlags(f"每个环境最多 {most} 个功能开关，请先清理不再使用的开关。")
    documents.check_whole(after.flags, after.segments)
    compile_set(document_of(after))
    return after


def _check_removed(plan: Plan, after: Content) -> None:
    gone = {(step.subject, step.key) for step in plan.steps if step.after is None}
    if not gone:
        return
    for sort in Subject:
        for key, document in (after.flags if sort is Subject.FLAG else after.segments).items():
            for subject, needed in sorted(references.of(sort, document) & gone):
                told = f"{sort.label}“{key}”仍依赖{subject.label}“{needed}”，不能删除。"
                raise StillNeeded(told, key=key, needed=needed)


def touched(before: Content, after: Content) -> list[Touched]:
    """What differs between two flag sets, of one environment or of two: segments first, each by key."""
    found = []
    for subject in (Subject.SEGMENT, Subject.FLAG):
        old, new = before.hashes.shelf(subject), after.hashes.shelf(subject)
        for key in sorted(old.keys() | new.keys()):
            if old.get(key) != new.get(key):
                one, other = before.get(subject, key), after.get(subject, key)
                found.append(Touched(subject, key, one, other, documents.differences(one, other)))
    return found
