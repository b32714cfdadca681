"""What a benchmark needs in the database: a calendar, a contract, a citizen with a token, and some tickets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from server.app import create_app
from server.core.db import db, unit
from server.domain import bugs, calendar, contracts, identity
from server.domain.identity import ANONYMOUS, SCHEDULER, Lifetimes
from server.settings import Settings
from tests.support.service import RunningService

TICKETS = 60
ITEM = identity.NoticeItem("account", "微信用户标识", "识别您的账号", required=True)


@dataclass(frozen=True, slots=True)
class Town:
    """The citizen's access token."""

    token: str


def settle(service: RunningService) -> Town:
    """Fill the service's database through the rooms' doors."""
    app = create_app(Settings.from_env(service.environ))
    with app.app_context():
        with unit():
            calendar.seed(SCHEDULER)
            kind = identity.OrganisationKind.VENDOR
            vendor = identity.found_organisation(SCHEDULER, kind=kind, name="河畔云策信息技术有限公司")
            entered = contracts.seed_demo(SCHEDULER, mini_program_vendor=vendor.id, data_exchange_vendor=vendor.id)
            identity.publish_privacy_notice(SCHEDULER, title="隐私", text="隐私", items=[ITEM])
            lifetimes = Lifetimes(access=timedelta(hours=8), refresh=timedelta(days=30))
            tokens = identity.sign_in_citizen(ANONYMOUS, openid="openid-of-the-benchmark", lifetimes=lifetimes)
            citizen = identity.citizen_actor(tokens.citizen)
            identity.give_consent(citizen, version=1, scopes=["account"])
        for number in range(TICKETS):
            with unit():
                bugs.report(citizen, text=f"第 {number} 个问题：页面打不开。", contract_id=entered.current.id)
        db.engine.dispose()
    return Town(tokens.access)
