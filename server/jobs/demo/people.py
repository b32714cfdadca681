"""The people of the demo: one account for each part that somebody plays."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace

import sqlalchemy as sa

from server.core.db import session
from server.domain import contracts, identity
from server.domain.identity import SCHEDULER, Actor, ActorKind, Role

PASSWORD = "Shijian-demo-2026"  # noqa: S105 - the demo profile's own, printed at its start
MINI_VENDOR = "mini_program"
DATA_VENDOR = "data_exchange"
BUREAU = "bureau"


@dataclass(frozen=True, slots=True)
class Person:
    """One account: whose, and in which roles."""

    login: str
    name: str
    title: str
    organisation: str
    roles: tuple[Role, ...]


PEOPLE = (
    Person("lin", "林晓", "局方经办", BUREAU, (Role.BUREAU_HANDLER,)),
    Person("zhou", "周敏", "局方管理员", BUREAU, (Role.BUREAU_ADMINISTRATOR,)),
    Person("shen", "沈岩", "审计员", BUREAU, (Role.BUREAU_AUDITOR,)),
    Person("admin", "何立", "系统管理员", BUREAU, (Role.SYSTEM_ADMINISTRATOR,)),
    Person("tang", "唐川", "小程序运维人员", MINI_VENDOR, (Role.VENDOR_MAINTAINER,)),
    Person("qiao", "乔安", "小程序运维经理", MINI_VENDOR, (Role.VENDOR_MANAGER,)),
    Person("bai", "白露", "数据交换运维人员", DATA_VENDOR, (Role.VENDOR_MAINTAINER,)),
    Person("yuan", "顾远", "数据交换运维经理", DATA_VENDOR, (Role.VENDOR_MANAGER,)),
    Person("geng", "耿直", "原小程序运维人员（已离岗）", MINI_VENDOR, (Role.VENDOR_MAINTAINER,)),
)
# Left in the course of the first year: their account is there, without a role.
GONE = frozenset({"geng"})


@dataclass(frozen=True, slots=True)
class Town:
    """The demo's three organisations, by the names that ``PEOPLE`` use."""

    organisations: Mapping[str, identity.Organisation]

    @property
    def mini_vendor(self) -> uuid.UUID:
        """Who maintains the mini program."""
        return self.organisations[MINI_VENDOR].id

    @property
    def data_vendor(self) -> uuid.UUID:
        """Who runs the data exchange."""
        return self.organisations[DATA_VENDOR].id


@dataclass(frozen=True, slots=True)
class Cast:
    """The demo's contracts of today and its people as actors, by login."""

    contracts: contracts.DemoContracts
    actors: dict[str, Actor]


def found(bureau_name: str) -> Town:
    """Found the bureau and the two vendors."""
    kinds = identity.OrganisationKind
    return Town(
        {
            BUREAU: identity.found_organisation(SCHEDULER, kind=kinds.BUREAU, name=bureau_name),
            MINI_VENDOR: identity.found_organisation(SCHEDULER, kind=kinds.VENDOR, name="河畔云策信息技术有限公司"),
            DATA_VENDOR: identity.found_organisation(SCHEDULER, kind=kinds.VENDOR, name="明渠数据服务有限公司"),
        }
    )


def appoint_all(town: Town, contract_of: Mapping[str, uuid.UUID]) -> dict[str, Actor]:
    """Appoint the people, the vendors' for one contract each; what each may do as an actor, by login."""
    return {person.login: _appoint(person, town, _roles(person, contract_of)) for person in PEOPLE}


def settle(town: Town, actors: Mapping[str, Actor]) -> Cast:
    """Enter the contracts of today, and give the vendors' people their roles in them: they hold no others any more."""
    entered = contracts.seed_demo(
        SCHEDULER, mini_program_vendor=town.mini_vendor, data_exchange_vendor=town.data_vendor
    )
    contract_of = {MINI_VENDOR: entered.current.id, DATA_VENDOR: entered.exchange_current.id}
    today = dict(actors)
    for person in PEOPLE:
        if person.organisation != BUREAU and person.login not in GONE:
            roles = _roles(person, contract_of)
            actor = actors[person.login]
            if actor.id is not None:
                identity.set_roles(SCHEDULER, actor.id, roles)
            today[person.login] = replace(actor, grants=identity.grants_of(roles))
    return Cast(entered, today)


def _roles(person: Person, contract_of: Mapping[str, uuid.UUID]) -> list[tuple[Role, uuid.UUID | None]]:
    return [(role, contract_of[person.organisation] if role.per_contract else None) for role in person.roles]


def _appoint(person: Person, town: Town, roles: list[tuple[Role, uuid.UUID | None]]) -> Actor:
    home = town.organisations[person.organisation]
    appointed = identity.appoint(
        SCHEDULER,
        login=person.login,
        name=person.name,
        title=person.title,
        organisation_id=home.id,
        roles=roles,
    )
    actor = Actor(
        kind=ActorKind.OFFICER,
        id=appointed.officer.id,
        name=person.name,
        organisation_id=home.id,
        organisation_name=home.name,
        is_vendor=person.organisation != BUREAU,
        roles=person.roles,
        grants=identity.grants_of(roles),
    )
    identity.change_password(actor, current=appointed.password, new_password=PASSWORD, agent="demo")
    for left_open in identity.sessions_of(actor):
        identity.sign_out(replace(actor, session_id=left_open.id))
    return actor


def seeded() -> bool:
    """Whether the demo's people are there already."""
    first = PEOPLE[0].login
    return session().scalar(sa.select(sa.func.count()).select_from(identity.Officer).filter_by(login=first)) == 1
