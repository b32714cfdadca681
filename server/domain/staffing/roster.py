"""Who is designated for a contract: assigned by the vendor with evidence, reviewed by the bureau (A17, B15)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid, NotFound
from server.core.ids import new_id
from server.domain import contracts, identity
from server.domain.calendar import spell
from server.domain.contracts import Contract
from server.domain.identity import Actor, Permission
from server.domain.staffing import access, rules
from server.domain.staffing.history import File, keep_files, note, wrote
from server.domain.staffing.leaving import linked_late
from server.domain.staffing.models import NAME, ROLE, Maintainer, Skill, Subcontract
from server.domain.staffing.vocabulary import STANDING, EventKind, Review, SkillLevel

MOST_SKILLS = 30
SKILL = 60


class TooLittleExperience(Invalid):
    """Less experience than the contract asks on the day of the assignment (A17)."""

    code = "staff_too_little_experience"
    message = "相关工作经验不足，不能指派。"


class AlreadyDesignated(Conflict):
    """The officer is designated for this contract at that time."""

    code = "staff_already_designated"
    message = "该人员在此期间已被指派到本合同。"


class ReviewedBefore(Conflict):
    """The bureau has spoken, or the person is no longer proposed."""

    code = "staff_reviewed_before"
    message = "该人员已审核过或已撤回，不能再次审核。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is proposed. ``experience`` tells of the relevant work since ``experience_from``; papers prove it.

    ``officer_id``: their account here, if any. ``subcontract_id``: the consent under which a third party's employee works.
    """

    name: str
    role: str
    experience_from: date
    experience: str = ""
    files: Sequence[File] = ()
    officer_id: uuid.UUID | None = None
    subcontract_id: uuid.UUID | None = None
    skills: Mapping[str, SkillLevel] | None = None


def assign(
    actor: Actor,
    *,
    contract_id: uuid.UUID,
    name: str,
    role: str,
    experience_from: date,
    valid_from: date,
    experience: str = "",
    files: Sequence[File] = (),
    officer_id: uuid.UUID | None = None,
    subcontract_id: uuid.UUID | None = None,
    skills: Mapping[str, SkillLevel] | None = None,
) -> Maintainer:
    """Designate somebody from a day on; TooLittleExperience unless the experience is there on that day (A17).

    Needs staff.manage on the contract (the vendor's manager), and evidence: words, papers, or both.
    """
    contract = access.contract_of(actor, contract_id, Permission.STAFF_MANAGE, held=True)
    person = Person(
        name=name,
        role=role,
        experience_from=experience_from,
        experience=experience,
        files=files,
        officer_id=officer_id,
        subcontract_id=subcontract_id,
        skills=skills,
    )
    return designate(actor, contract, person, valid_from=valid_from)


def designate(
    actor: Actor, contract: Contract, person: Person, *, valid_from: date, substitute: bool = False
) -> Maintainer:
    """Write the row of an assignment. A substitute with too little experience is taken and flagged (A18)."""
    required = rules.minimum_years(contracts.terms_of(contract.id))
    years = _checked(contract, person, valid_from)
    if not substitute and required is not None and years < required:
        told = f"至 {spell(valid_from)} 相关经验满 {years} 年，合同约定不少于 {required} 年。"
        raise TooLittleExperience(told, fields={"experience_from": [told]})
    maintainer = Maintainer(
        id=new_id(),
        contract_id=contract.id,
        officer_id=person.officer_id,
        name=wrote("name", person.name, longest=NAME),
        role=wrote("role", person.role, longest=ROLE),
        experience_from=person.experience_from,
        experience=wrote("experience", person.experience, needed=not person.files),
        experience_years=years,
        required_years=required,
        subcontract_id=person.subcontract_id,
        valid_from=valid_from,
        assigned_at=clock.now(),
        assigned_by_id=actor.id,
        assigned_by_name=actor.name[:NAME],
    )
    session().add(maintainer)
    session().flush()
    keep_files(actor, maintainer, person.files)
    _write_skills(maintainer, person.skills or {})
    note(
        actor,
        maintainer,
        EventKind.ASSIGNED,
        f"{maintainer.role}，自 {spell(valid_from)} 起；相关经验满 {years} 年",
        summary=f"指派维护人员 {maintainer.name}（{maintainer.role}）",
        changes={"valid_from": [None, valid_from.isoformat()], "experience_years": [None, years]},
    )
    return maintainer


def review(actor: Actor, maintainer_id: uuid.UUID, *, agreed: bool, remark: str = "") -> Maintainer:
    """The bureau's word on a designated person; a refused one no longer stands on the roster. Needs staff.decide."""
    maintainer = access.hold(actor, Maintainer, maintainer_id, Permission.STAFF_DECIDE)
    if maintainer.review is not Review.PENDING:
        raise ReviewedBefore
    maintainer.review_remark = wrote("remark", remark, longest=500, needed=not agreed)
    maintainer.review = Review.AGREED if agreed else Review.REFUSED
    maintainer.reviewed_at = clock.now()
    maintainer.reviewed_by_name = actor.name[:NAME]
    note(
        actor,
        maintainer,
        EventKind.REVIEWED,
        f"{maintainer.review.label}{'：' if maintainer.review_remark else ''}{maintainer.review_remark}",
        summary=f"{maintainer.review.label}：维护人员 {maintainer.name}",
        changes={"review": [Review.PENDING.value, maintainer.review.value]},
    )
    return maintainer


def set_skills(actor: Actor, maintainer_id: uuid.UUID, *, skills: Mapping[str, SkillLevel]) -> Maintainer:
    """Give a person exactly these skills (B15)."""
    maintainer = access.hold(actor, Maintainer, maintainer_id, Permission.STAFF_MANAGE)
    before = {each.name: each.level.label for each in skills_of([maintainer.id])[maintainer.id]}
    _write_skills(maintainer, skills)
    after = {name: level.label for name, level in skills.items()}
    note(
        actor,
        maintainer,
        EventKind.SKILLS_SET,
        "、".join(f"{name}（{level}）" for name, level in after.items()) or "无",
        summary=f"登记 {maintainer.name} 的技能",
        changes={"skills": [before, after]},
    )
    return maintainer


def staff_on(contract_id: uuid.UUID, day: date) -> list[Maintainer]:
    """Who is designated for a contract on a day, by name; nobody outside its term. For programs: it asks no permission."""
    query = (
        sa.select(Maintainer)
        .join(Contract, Contract.id == Maintainer.contract_id)
        .where(
            Maintainer.contract_id == contract_id,
            Maintainer.review.in_(STANDING),
            Maintainer.valid_from <= day,
            sa.or_(Maintainer.valid_to.is_(None), Maintainer.valid_to >= day),
            Contract.starts_on <= day,
            Contract.ends_on >= day,
        )
    )
    return list(session().scalars(query.order_by(Maintainer.name, Maintainer.id)))


def matching(
    actor: Actor, *, contract_id: uuid.UUID | None = None, text: str = "", review: Review | None = None
) -> sa.Select[tuple[Maintainer]]:
    """Everybody who ever was designated, as far as the actor may see, newest first."""
    query = sa.select(Maintainer).where(*access.visible(actor, Maintainer))
    if contract_id is not None:
        query = query.where(Maintainer.contract_id == contract_id)
    if review is not None:
        query = query.where(Maintainer.review == review)
    if text:
        skilled = sa.select(Skill.maintainer_id).where(Skill.name.contains(text, autoescape=True))
        named = [field.contains(text, autoescape=True) for field in (Maintainer.name, Maintainer.role)]
        query = query.where(sa.or_(*named, Maintainer.id.in_(skilled)))
    return query.order_by(Maintainer.valid_from.desc(), Maintainer.id.desc())


def find(actor: Actor, maintainer_id: uuid.UUID) -> Maintainer:
    """One person of the roster; StaffNotFound if not this actor's to see."""
    return access.find(actor, Maintainer, maintainer_id)


def by_id(maintainer_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Maintainer]:
    """People by id, for rows that the caller has found for its actor."""
    query = sa.select(Maintainer).where(Maintainer.id.in_(list(maintainer_ids)))
    return {row.id: row for row in session().scalars(query)}


def skills_of(maintainer_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[Skill]]:
    """Skills by person."""
    wanted = list(maintainer_ids)
    found: dict[uuid.UUID, list[Skill]] = {key: [] for key in wanted}
    query = sa.select(Skill).where(Skill.maintainer_id.in_(wanted)).order_by(Skill.name)
    for row in session().scalars(query):
        found[row.maintainer_id].append(row)
    return found


def _checked(contract: Contract, person: Person, valid_from: date) -> int:
    """The whole years on the first day, after everything about person and day was checked."""
    faults: dict[str, list[str]] = {}
    if not contract.starts_on <= valid_from <= contract.ends_on:
        faults["valid_from"] = [f"应在合同期内（{contract.starts_on} 至 {contract.ends_on}）"]
    if person.experience_from > valid_from:
        faults["experience_from"] = ["不能晚于指派日期"]
    if person.officer_id is not None and not _of_vendor(person.officer_id, contract):
        faults["officer_id"] = ["该账号不是本合同乙方的人员"]
    if person.subcontract_id is not None:
        consent = session().get(Subcontract, person.subcontract_id)
        if consent is None or consent.contract_id != contract.id or not consent.holds_on(valid_from):
            faults["subcontract_id"] = ["外部人员须先取得局方书面同意，且在同意的期限内"]
    if faults:
        raise Invalid(fields=faults)
    if person.officer_id is not None and _designated(contract.id, person.officer_id, valid_from):
        raise AlreadyDesignated(fields={"officer_id": [AlreadyDesignated.message]})
    return rules.whole_years(person.experience_from, valid_from)


def _of_vendor(officer_id: uuid.UUID, contract: Contract) -> bool:
    """Whether an account is of the contract's vendor: by its organisation, or by a role on the contract."""
    held = identity.roles_of([officer_id]).get(officer_id, [])
    if any(contract_id == contract.id for _, contract_id in held):
        return True
    try:
        return identity.find_officer(officer_id).organisation_id == contract.vendor_id
    except NotFound:
        return False


def link_account(actor: Actor, maintainer_id: uuid.UUID, *, officer_id: uuid.UUID) -> Maintainer:
    """Say which account is a designated person's, when it was made after the assignment."""
    maintainer = access.hold(actor, Maintainer, maintainer_id, Permission.STAFF_MANAGE)
    contract = access.contract_of(actor, maintainer.contract_id, Permission.STAFF_MANAGE, held=True)
    if not _of_vendor(officer_id, contract):
        raise Invalid(fields={"officer_id": ["该账号不是本合同乙方的人员"]})
    if maintainer.officer_id is not None or _designated(contract.id, officer_id, maintainer.valid_from):
        raise AlreadyDesignated(fields={"officer_id": [AlreadyDesignated.message]})
    maintainer.officer_id = officer_id
    note(
        actor,
        maintainer,
        EventKind.LINKED,
        identity.find_officer(officer_id).name,
        summary=f"关联 {maintainer.name} 的系统账号",
        changes={"officer_id": [None, officer_id]},
    )
    linked_late(actor, maintainer)
    return maintainer


def _designated(contract_id: uuid.UUID, officer_id: uuid.UUID, day: date) -> bool:
    """Whether an officer stands on the contract's roster on a day or later."""
    query = sa.select(Maintainer.id).where(
        Maintainer.contract_id == contract_id,
        Maintainer.officer_id == officer_id,
        Maintainer.review.in_(STANDING),
        sa.or_(Maintainer.valid_to.is_(None), Maintainer.valid_to >= day),
    )
    return session().scalar(query.limit(1)) is not None


def _write_skills(maintainer: Maintainer, skills: Mapping[str, SkillLevel]) -> None:
    if len(skills) > MOST_SKILLS:
        raise Invalid(fields={"skills": [f"最多 {MOST_SKILLS} 项技能"]})
    rows: list[dict[str, Any]] = []
    for name, level in skills.items():
        told = wrote("skills", name, longest=SKILL)
        rows.append({"id": new_id(), "maintainer_id": maintainer.id, "name": told, "level": SkillLevel(level)})
    if len({row["name"] for row in rows}) != len(rows):
        raise Invalid(fields={"skills": ["同一技能只登记一次"]})
    session().execute(sa.delete(Skill).where(Skill.maintainer_id == maintainer.id))
    session().add_all(Skill(**row) for row in rows)
    session().flush()
