"""What stands on paper for one matter, on that matter's own page: the document, its files, and what can be done now.

A page calls ``box(actor, kind_code, subject_id)`` (or ``boxes`` for a list) and includes ``documents/_box.html`` with it
as ``box``: ``{% with box = paper_box %}{% include "documents/_box.html" %}{% endwith %}``.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from flask import Blueprint, Response, request, url_for

from server.admin.access import current_actor, local_path, needs
from server.admin.pages import page
from server.core.db import session
from server.core.errors import NotFound
from server.domain import documents, signing
from server.domain.documents import Document, DocumentFilters, DocumentState, Format, Kind
from server.domain.identity import Actor, Permission

blueprint = Blueprint("document_box", __name__, url_prefix="/admin/documents/box")

TONES = {
    DocumentState.MAKING: "gray",
    DocumentState.ISSUED: "blue",
    DocumentState.SIGNING: "amber",
    DocumentState.SIGNED: "green",
    DocumentState.REPLACED: "gray",
    DocumentState.VOID: "red",
}


@dataclass(frozen=True, slots=True)
class Box:
    """The papers of one kind for one matter. ``here``: where a step leads back to; ``note`` is said while there is none."""

    kind: Kind
    subject_id: uuid.UUID
    document: Document | None
    formats: tuple[Format, ...]
    here: str
    shown: bool
    may_issue: bool
    may_correct: bool
    may_void: bool
    may_remake: bool
    may_sign: bool
    note: str = ""

    @property
    def id(self) -> str:
        """The element's id on a page with several boxes."""
        return f"document-{self.kind.code.replace('.', '-').replace('_', '-')}-{self.subject_id}"

    @property
    def going(self) -> bool:
        """Whether the files are on their way, so that the page should look again."""
        return self.document is not None and self.document.state is DocumentState.MAKING and not self.document.problem

    @property
    def tone(self) -> str:
        """The colour of the state."""
        return TONES[self.document.state] if self.document else "gray"

    @property
    def poll_url(self) -> str:
        """Where the box can be had again."""
        return url_for("document_box.show", kind_code=self.kind.code, subject_id=self.subject_id, here=self.here)


def box(
    actor: Actor,
    kind_code: str,
    subject_id: uuid.UUID,
    *,
    contract_id: uuid.UUID | None = None,
    ready: bool = True,
    note: str = "",
    here: str = "",
) -> Box:
    """The box of a matter that the caller found visible; two queries.

    ``contract_id`` tells whose documents these are before there is one. Not ``ready``: nothing can be issued yet, and
    ``note`` says why.
    """
    found = boxes(
        actor, kind_code, [subject_id], contracts={subject_id: contract_id}, ready=ready, note=note, here=here
    )
    return found[subject_id]


def boxes(
    actor: Actor,
    kind_code: str,
    subject_ids: Collection[uuid.UUID],
    *,
    contracts: dict[uuid.UUID, uuid.UUID | None] | None = None,
    ready: bool = True,
    note: str = "",
    here: str = "",
) -> dict[uuid.UUID, Box]:
    """The boxes of several matters, in two queries."""
    kind = documents.kind_of(kind_code)
    shown = actor.may(Permission.DOCUMENT_VIEW) and actor.may(kind.view)
    standing = documents.standing_of(actor, kind_code, subject_ids) if shown and subject_ids else {}
    formats = documents.formats_of([document.id for document in standing.values()]) if standing else {}
    here = here or request.full_path.rstrip("?")
    return {
        subject_id: _box(
            actor, kind, subject_id, standing.get(subject_id), formats, here, shown, (contracts or {}).get(subject_id),
            ready=ready, note=note,
        )
        for subject_id in subject_ids
    }  # fmt: skip


@blueprint.get("/<kind_code>/<uuid:subject_id>")
@needs(Permission.DOCUMENT_VIEW)
def show(kind_code: str, subject_id: uuid.UUID) -> Response:
    """The box alone, for a page that waits for the files. Where the actor sees no document there is nothing to wait for."""
    here = local_path(request.args.get("here")) or url_for("documents.index")
    actor = current_actor()
    asked = DocumentFilters(kinds=(kind_code,), subject_id=subject_id)
    document = session().scalars(documents.matching(actor, asked).limit(1)).first()
    if document is None:
        raise NotFound
    found = box(actor, kind_code, subject_id, contract_id=document.contract_id, here=here)
    return page("documents/_box.html", box=found)


def _box(
    actor: Actor,
    kind: Kind,
    subject_id: uuid.UUID,
    document: Document | None,
    formats: dict[uuid.UUID, list[Format]],
    here: str,
    shown: bool,
    contract_id: uuid.UUID | None,
    *,
    ready: bool,
    note: str,
) -> Box:
    contract_id = document.contract_id if document else contract_id
    issues = actor.may(kind.issue, contract_id) if contract_id else actor.may(kind.issue)
    state = document.state if document else None
    return Box(
        kind=kind,
        subject_id=subject_id,
        document=document,
        formats=tuple(formats.get(document.id, ())) if document else (),
        here=here,
        shown=shown,
        may_issue=issues and document is None and ready,
        may_correct=issues and state in (DocumentState.ISSUED, DocumentState.SIGNING, DocumentState.SIGNED),
        may_void=issues and state in (DocumentState.MAKING, DocumentState.ISSUED, DocumentState.SIGNING),
        may_remake=issues and document is not None and documents.may_remake(document),
        may_sign=document is not None
        and bool(kind.sides)
        and state in (DocumentState.ISSUED, DocumentState.SIGNING)
        and actor.may(Permission.DOCUMENT_SIGN, contract_id)
        and not signing.held_back(document),
        note=note,
    )
