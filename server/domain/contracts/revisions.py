"""Revisions of a contract's terms: immutable, numbered, with author and reason; and which one holds on a day."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import OrderedDict
from dataclasses import replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.db import run, session, table
from server.core.errors import Conflict, Invalid, NotFound
from server.domain.contracts.models import Contract, ContractTerms, Supplement, SupplementState
from server.domain.contracts.parsing import parse_terms
from server.domain.contracts.terms import Terms
from server.domain.contracts.timeline import Stretch, holding, stretches
from server.domain.identity import Actor

LONGEST_REASON = 500
KEPT = 64

# Parsed terms by the digest of their JSON: equal bytes are equal terms, in whatever contract or database.
_parsed: OrderedDict[str, Terms] = OrderedDict()


class RevisionTaken(Conflict):
    """Two people revised the terms at once; the second has to look again."""

    code = "contract_revision_taken"
    message = "条款刚被他人修订，请刷新后重试。"


_terms_table = table(ContractTerms)
_REVISIONS = sa.select(_terms_table.c.revision, _terms_table.c.sha256, _terms_table.c.effective_from).where(
    _terms_table.c.contract_id == sa.bindparam("contract")
)


def terms_of(contract_id: uuid.UUID, revision: int | None = None, *, on: date | None = None) -> Terms:
    """The terms of a contract: a given revision, or the one that holds on a day (today).

    Before the first revision's day the first one is given. ``Terms.revision`` says which it is. For programs: it asks
    nobody's permission. One small query once the terms have been parsed in this process.
    """
    rows = run(_REVISIONS, {"contract": contract_id}).all()
    wanted = holding(rows, on or clock.today()) if revision is None else revision
    chosen = next((row for row in rows if row.revision == wanted), None)
    if chosen is None:
        raise NotFound("没有找到这一版合同条款。")
    return _terms(contract_id, chosen.revision, chosen.sha256)


def raw_stretches(contract_id: uuid.UUID, since: date) -> list[tuple[date, dict[str, Any]]]:
    """The JSON that holds from a day on: that day with its terms, then each later day with what begins to hold."""
    rows = run(_REVISIONS, {"contract": contract_id}).all()
    found = stretches(rows, since)
    if not found:
        raise NotFound("没有找到这一版合同条款。")
    return [(each.starts_on, raw_terms(contract_id, each.revision)) for each in found]


def stretches_of(contract_id: uuid.UUID, since: date) -> list[Stretch]:
    """From which day which revision holds, beginning with a day."""
    return stretches(run(_REVISIONS, {"contract": contract_id}).all(), since)


def overrides_of(contract_id: uuid.UUID, *, signed_after: date | None = None) -> list[tuple[date, tuple[str, ...]]]:
    """From which day which paths are settled by supplements in force, which prevail over the contract (A47).

    ``signed_after``: only by those that came into force after that day, which prevail over one signed then.
    """
    query = sa.select(Supplement.effective_from, Supplement.changes).where(
        Supplement.contract_id == contract_id, Supplement.state == SupplementState.IN_FORCE
    )
    if signed_after is not None:
        query = query.where(Supplement.in_force_on > signed_after)
    return [(since, tuple(changes)) for since, changes in session().execute(query)]


def _terms(contract_id: uuid.UUID, revision: int, sha256: str) -> Terms:
    found = _parsed.get(sha256)
    if found is None:
        found = parse_terms(raw_terms(contract_id, revision))
        _parsed[sha256] = found
        while len(_parsed) > KEPT:
            _parsed.popitem(last=False)
    return replace(found, revision=revision)


def raw_terms(contract_id: uuid.UUID, revision: int) -> dict[str, Any]:
    """The JSON of one revision; NotFound if there is none."""
    query = sa.select(ContractTerms.terms).where(
        ContractTerms.contract_id == contract_id, ContractTerms.revision == revision
    )
    found = session().scalars(query).one_or_none()
    if found is None:
        raise NotFound("没有找到这一版合同条款。")
    return dict(found)


def revisions_of(contract: Contract) -> list[ContractTerms]:
    """All revisions of a contract that the caller already may see, newest first."""
    query = sa.select(ContractTerms).where(ContractTerms.contract_id == contract.id)
    return list(session().scalars(query.order_by(ContractTerms.revision.desc())))


def with_predecessors(contract: Contract) -> list[tuple[ContractTerms, ContractTerms | None]]:
    """Each revision, newest first, with the one whose place it took on its day; None for the first."""
    rows = revisions_of(contract)
    by_number = {row.revision: row for row in rows}
    found: list[tuple[ContractTerms, ContractTerms | None]] = []
    for row in rows:
        earlier = [each for each in rows if each.revision < row.revision]
        held = holding(earlier, row.effective_from)
        found.append((row, None if held is None else by_number[held]))
    return found


def keep_revision(
    actor: Actor, contract: Contract, *, terms: dict[str, Any], reason: str, effective_from: date, revision: int
) -> Terms:
    """Check terms and write them as a revision; Invalid names what is wrong in them."""
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid(fields={"reason": [f"请写明修订原因，不超过 {LONGEST_REASON} 个字"]})
    parsed = parse_terms(terms, revision=revision)
    row = ContractTerms(
        contract_id=contract.id,
        revision=revision,
        author_id=actor.id,
        author_name=actor.name,
        reason=reason,
        effective_from=effective_from,
        terms=terms,
        sha256=digest_of(terms),
        created_at=clock.now(),
    )
    try:
        with session().begin_nested():
            session().add(row)
    except IntegrityError as clash:
        raise RevisionTaken from clash
    return parsed


def digest_of(terms: dict[str, Any]) -> str:
    """SHA-256 of terms in canonical JSON: what a revision is known by."""
    text = json.dumps(terms, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
