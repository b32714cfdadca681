"""One flag's way through all revisions of all environments."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.flag_words import member, name_everywhere, revision_url
from server.admin.listing import Column, Listing
from server.admin.pages import page
from server.admin.paging import paged
from server.core.errors import NotFound
from server.domain import flags
from server.domain.flags import Difference, Environment, Revision
from server.domain.identity import Permission

blueprint = Blueprint("flag_history", __name__, url_prefix="/admin/flag-history")

COLUMNS = (Column("created_at", "时间", optional=False),)


@dataclass(frozen=True, slots=True)
class Passage:
    """One change of the flag: the revision that made it, and what became different."""

    revision: Revision
    differences: list[Difference]
    url: str


@blueprint.get("/<key>")
@needs(Permission.FLAG_VIEW)
def show(key: str) -> Response:
    """Newest first, of one environment or of all."""
    actor = current_actor()
    environment: Environment | None = member(Environment, request.args.get("environment", ""))
    listing = Listing("flag-history", COLUMNS, request.args, default_sort="-created_at")
    found = paged(flags.history_of(actor, key, environment), listing)
    name, here = name_everywhere(actor, key)
    if not here and not found.total and environment is None:
        raise NotFound
    told = flags.differences_of([change for change, _ in found.items])
    return page(
        "flag_history/show.html",
        "flag_history/_rows.html",
        listing=listing,
        found=found,
        passages=[
            Passage(revision, told[change.id], revision_url(revision.environment, revision.number))
            for change, revision in found.items
        ],
        key=key,
        name=name,
        here=here,
        environment=environment,
        environments=list(Environment),
    )
