"""A segment while it is being edited: groups of conditions, any of which makes somebody a member."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from server.admin.flag_conditions import ConditionRow, condition_rows, one, read_conditions
from server.admin.flag_drafts import pretty
from server.domain import flags

MOST = 30


@dataclass
class GroupRow:
    """Conditions that all have to hold."""

    when: list[ConditionRow] = field(default_factory=list)

    @classmethod
    def first(cls) -> GroupRow:
        """The usual beginning: a list of users."""
        return cls([ConditionRow("targetingKey")])


@dataclass
class SegmentDraft:
    """Everything that the form shows. ``logic`` is flagd's JsonLogic, where the segment came with it."""

    key: str
    name: str = ""
    description: str = ""
    groups: list[GroupRow] = field(default_factory=list)
    logic: str = ""


def draft_of(document: Mapping[str, Any]) -> SegmentDraft:
    """A document as the form shows it."""
    segment = flags.parse_segment(document)
    groups = [GroupRow(condition_rows(group)) for group in segment.any]
    logic = "" if segment.logic is None else pretty(segment.logic)
    return SegmentDraft(segment.key, segment.name, segment.description, groups, logic)


def read_draft(form: MultiDict[str, str], key: str) -> SegmentDraft:
    """What was typed."""
    sent = form.to_dict(flat=False)
    groups = []
    for number in range(MOST):
        if f"any-{number}" not in sent:
            break
        groups.append(GroupRow(read_conditions(sent, f"any-{number}-when", MOST)))
    return SegmentDraft(key, one(sent, "name"), one(sent, "description"), groups, one(sent, "logic"))


def document_of(draft: SegmentDraft) -> tuple[dict[str, Any] | None, dict[str, list[str]]]:
    """The document in plain form; None with sentences by path where the draft is wrong."""
    raw: dict[str, Any] = {"key": draft.key, "name": draft.name, "description": draft.description}
    if draft.logic:
        try:
            raw["logic"] = json.loads(draft.logic, parse_constant=str)
        except (ValueError, RecursionError):
            return None, {"logic": ["不是有效的 JSON"]}
    else:
        raw["any"] = [[condition.raw() for condition in group.when] for group in draft.groups]
    try:
        return flags.plain(flags.parse_segment(raw)), {}
    except flags.BadSegment as bad:
        return None, {path: list(texts) for path, texts in bad.fields.items()}


def act(draft: SegmentDraft, command: str) -> None:
    """Do what a button says: ``group.add``, ``group.remove.1``, ``when.add.0``, ``when.remove.0.2``."""
    what, _, rest = command.partition(".")
    verb, *places = rest.split(".")
    numbers = [int(each) for each in places if each.isdigit()]
    if what == "group":
        if verb == "add" and len(draft.groups) < MOST:
            draft.groups.append(GroupRow.first())
        elif verb == "remove" and numbers and numbers[0] < len(draft.groups):
            del draft.groups[numbers[0]]
    elif what == "when" and numbers and numbers[0] < len(draft.groups):
        rows = draft.groups[numbers[0]].when
        if verb == "add" and len(rows) < MOST:
            rows.append(ConditionRow())
        elif verb == "remove" and len(numbers) > 1 and numbers[1] < len(rows):
            del rows[numbers[1]]
