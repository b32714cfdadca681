"""Flag sets as flagd's JSON documents: what is served and taken out, and what a document that comes in would change."""

from __future__ import annotations

from typing import Any

from server.domain import identity
from server.domain.flags import documents
from server.domain.flags.access import need
from server.domain.flags.changes import Change, canonical
from server.domain.flags.content import content, tree
from server.domain.flags.environments import Environment
from server.domain.flags.models import Subject
from server.domain.flags.serving import document_of
from server.domain.identity import Actor


def export(actor: Actor, environment: Environment, number: int | None = None) -> dict[str, Any]:
    """A flag set as a flagd document, the newest or revision ``number``. Needs flag.view.

    Leaves an entry in the trail, so the unit has to be one that writes.
    """
    need(actor)
    found = content(environment, number)
    identity.record(
        actor,
        "flag_set.exported",
        subject=("flag_set", f"{environment.value}/{found.number}"),
        summary=f"导出{environment.label}功能开关第 {found.number} 版，共 {len(found.flags)} 个",
    )
    return document_of(found, authoring=True)


def import_changes(
    actor: Actor, environment: Environment, document: Any, *, remove_others: bool = False
) -> list[Change]:
    """What a flagd document would change here, based on what stands now: for ``preview``, ``publish`` and ``propose``
    with ``kind=RevisionKind.IMPORT``. Needs flag.view.

    Flags and segments that the document does not have stay, or go with ``remove_others``. What we exported ourselves
    comes back as it was authored. Empty when nothing differs; Invalid for what is no flagd document.
    """
    need(actor)
    flags, segments = documents.from_flagd(document)
    base = tree(environment)
    found = []
    for subject, given in ((Subject.SEGMENT, segments), (Subject.FLAG, flags)):
        held = base.shelf(subject)
        for key, raw in given.items():
            plain = canonical(subject, key, raw)
            if plain is not None and documents.digest(plain) != held.get(key):
                found.append(Change(subject, key, plain, held.get(key)))
        if remove_others:
            found += [Change(subject, key, None, held[key]) for key in sorted(held.keys() - given.keys())]
    return found
