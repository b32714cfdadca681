"""The three sorts of entries of the daily pages, told once: their forms, doors, pages and what a copy takes over."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from marshmallow import Schema

from server.admin.upkeep_forms import GuidanceSchema, VisitSchema, WorkSchema
from server.domain import upkeep
from server.domain.identity import Actor
from server.domain.upkeep import Guidance, GuidanceDraft, UpkeepNotFound, Visit, VisitDraft, Work, WorkDraft

Entry = Work | Guidance | Visit


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort: ``first`` are the fields of quick entry, the others lie below a fold; ``carried`` what a copy takes over."""

    name: str
    label: str
    document: str
    schema: type[Schema]
    draft: Callable[..., Any]
    note: Callable[..., Entry]
    correct: Callable[..., Entry]
    find: Callable[[Actor, uuid.UUID], Entry]
    last: Callable[[Actor], Entry | None]
    first: tuple[str, ...]
    carried: tuple[str, ...]
    title: str


SORTS: Mapping[str, Sort] = MappingProxyType(
    {
        "works": Sort(
            "works",
            "维护记录",
            "maintenance",
            WorkSchema,
            WorkDraft,
            upkeep.note_work,
            upkeep.correct_work,
            upkeep.find_work,
            upkeep.last_of,
            ("contract_id", "kind", "what", "started_at", "ended_at", "who", "systems"),
            ("kind", "what", "why", "before", "after", "risk", "rollback", "systems", "versions"),
            "what",
        ),
        "guidance": Sort(
            "guidance",
            "操作指导",
            "guidance",
            GuidanceSchema,
            GuidanceDraft,
            upkeep.note_guidance,
            upkeep.correct_guidance,
            upkeep.find_guidance,
            upkeep.last_guidance_of,
            ("contract_id", "channel", "asker", "question", "answer", "minutes"),
            ("channel", "asker", "unit", "question", "answer", "minutes", "article_id"),
            "question",
        ),
        "visits": Sort(
            "visits",
            "现场服务",
            "visit",
            VisitSchema,
            VisitDraft,
            upkeep.note_visit,
            upkeep.correct_visit,
            upkeep.find_visit,
            upkeep.last_visit_of,
            ("contract_id", "visited_on", "place", "reason", "who"),
            ("place", "reason", "host", "work"),
            "reason",
        ),
    }
)


def sort_of(name: str) -> Sort:
    """The sort that an address names; UpkeepNotFound for none of them."""
    if name not in SORTS:
        raise UpkeepNotFound
    return SORTS[name]
