"""A town for running services: bureau, two vendors, their contracts, people with known passwords, calendar, templates.

``application(service.environ)`` is the service's application in this process, on the service's database: with it
``found`` fills the database through the rooms' doors, as the demo does, and tests look at what no face shows.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from server.app import Service, create_app
from server.core.db import db, unit
from server.domain import calendar, contracts, identity, notices
from server.domain.identity import SCHEDULER, Actor, ActorKind, Role
from server.settings import Settings

PASSWORD = "Lin-jiang 2026 qiao!"
BUREAU = "临江市市场监督管理局"
# The simulator knows these two, with these fields.
TEMPLATES = {
    "ticket_answered": "SimTicketAnswered00000000000000000000000001",
    "ticket_received": "SimTicketReceived00000000000000000000000002",
}
FIELDS = {"character_string1": "number", "thing2": "title", "phrase3": "state", "time4": "at", "thing5": "text"}
SCOPES = (
    identity.NoticeItem("account", "微信用户标识", "识别您的账号，供登录和查询本人提交的问题", required=True),
    identity.NoticeItem("device", "设备与小程序版本", "定位小程序故障", required=True),
    identity.NoticeItem("phone", "手机号", "在处理问题时与您联系", required=False),
)


@dataclass(frozen=True, slots=True)
class Resident:
    """One account: for whom, and in which role."""

    login: str
    name: str
    role: Role
    # The side: the bureau, or the vendor of the mini program or of the data exchange.
    side: str = "bureau"


RESIDENTS = (
    Resident("lin", "林岚", Role.BUREAU_HANDLER),
    Resident("zhou", "周正", Role.BUREAU_ADMINISTRATOR),
    Resident("shen", "沈静", Role.BUREAU_AUDITOR),
    Resident("chen", "陈默", Role.SYSTEM_ADMINISTRATOR),
    Resident("zheng", "郑一鸣", Role.VENDOR_MAINTAINER, "mini_program"),
    Resident("tong", "吴桐", Role.VENDOR_MANAGER, "mini_program"),
    Resident("bai", "白露", Role.VENDOR_MANAGER, "data_exchange"),
)


@dataclass(frozen=True, slots=True)
class Town:
    """What a test needs to know of it: the two contracts in force, and each person's id."""

    mini_program: uuid.UUID
    data_exchange: uuid.UUID
    people: Mapping[str, uuid.UUID]


def found(app: Service) -> Town:
    """Fill an empty database."""
    with app.app_context():
        with unit():
            calendar.seed(SCHEDULER)
            _publish()
        with unit():
            return _settle()


@contextmanager
def application(environ: Mapping[str, str]) -> Iterator[Service]:
    """The service's application in this process; its connections are closed at the end."""
    app = create_app(Settings.from_env({name: value for name, value in environ.items() if name.startswith("SHIJIAN_")}))
    try:
        yield app
    finally:
        with app.app_context():
            db.engine.dispose()


def _publish() -> None:
    identity.publish_privacy_notice(
        SCHEDULER, title="用户隐私保护指引", text="我们只收集处理您的问题所必需的信息。", items=SCOPES
    )
    for key, template_id in TEMPLATES.items():
        notices.set_template(SCHEDULER, key, template_id=template_id, fields=FIELDS)
    drafted = notices.draft_notice(
        SCHEDULER, title="国庆期间办事窗口安排", body="窗口照常开放。", audience=notices.Audience.CITIZENS, pinned=False
    )
    notices.publish(SCHEDULER, drafted)


def _settle() -> Town:
    kinds = identity.OrganisationKind
    homes = {
        "bureau": identity.found_organisation(SCHEDULER, kind=kinds.BUREAU, name=BUREAU),
        "mini_program": identity.found_organisation(SCHEDULER, kind=kinds.VENDOR, name="云桥软件有限公司"),
        "data_exchange": identity.found_organisation(SCHEDULER, kind=kinds.VENDOR, name="明渠数据服务有限公司"),
    }
    entered = contracts.seed_demo(
        SCHEDULER, mini_program_vendor=homes["mini_program"].id, data_exchange_vendor=homes["data_exchange"].id
    )
    held = {"bureau": None, "mini_program": entered.current.id, "data_exchange": entered.exchange.id}
    people = {
        resident.login: _appoint(resident, homes[resident.side].id, [(resident.role, held[resident.side])])
        for resident in RESIDENTS
    }
    return Town(entered.current.id, entered.exchange.id, people)


def _appoint(resident: Resident, home: uuid.UUID, roles: Sequence[tuple[Role, uuid.UUID | None]]) -> uuid.UUID:
    appointed = identity.appoint(
        SCHEDULER, login=resident.login, name=resident.name, organisation_id=home, roles=list(roles)
    )
    themselves = Actor(kind=ActorKind.OFFICER, id=appointed.officer.id, name=resident.name, organisation_id=home)
    identity.change_password(themselves, current=appointed.password, new_password=PASSWORD, agent="town")
    return appointed.officer.id
