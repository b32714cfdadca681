"""The people of the demo: one account for each part that somebody plays."""

from __future__ import annotations

import uuid
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
)


@dataclass(frozen=True, slots=True)
class Cast:
    """The demo's organisations, contracts and people as actors, by login."""

    contracts: contracts.DemoContracts
    actors: dict[str, Actor]


def appoint_all(bureau_name: str) -> Cast:
    """Found the organisations, enter the contracts, appoint the people."""
    kinds = identity.OrganisationKind
    bureau = identity.found_organisation(SCHEDULER, kind=kinds.BUREAU, name=bureau_name)
    mini = identity.found_organisation(SCHEDULER, kind=kinds.VENDOR, name="河畔云策信息技术有限公司")
    data = identity.found_organisation(SCHEDULER, kind=kinds.VENDOR, name="明渠数据服务有限公司")
    entered = contracts.seed_demo(SCHEDULER, mini_program_vendor=mini.id, data_exchange_vendor=data.id)
    organisations = {BUREAU: bureau, MINI_VENDOR: mini, DATA_VENDOR: data}
    of_vendor = {MINI_VENDOR: (entered.current.id,), DATA_VENDOR: (entered.exchange.id,)}
    actors = {}
    for person in PEOPLE:
        home = organisations[person.organisation]
        roles = [
            (role, contract_id)
            for role in person.roles
            for contract_id in (of_vendor[person.organisation] if role.per_contract else (None,))
        ]
        actors[person.login] = _appoint(person, home.id, home.name, roles)
    return Cast(entered, actors)


def _appoint(
    person: Person, organisation_id: uuid.UUID, organisation_name: str, roles: list[tuple[Role, uuid.UUID | None]]
) -> Actor:
    appointed = identity.appoint(
        SCHEDULER,
        login=person.login,
        name=person.name,
        title=person.title,
        organisation_id=organisation_id,
        roles=roles,
    )
    actor = Actor(
        kind=ActorKind.OFFICER,
        id=appointed.officer.id,
        name=person.name,
        organisation_id=organisation_id,
        organisation_name=organisation_name,
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
