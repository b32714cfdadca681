"""A citizen with a template and a grant, known to us and to the simulated WeChat alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from server.domain import identity, notices
from server.domain.identity import ANONYMOUS, SCHEDULER, Citizen
from server.domain.identity.citizen_sessions import Lifetimes
from server.domain.notices import Message
from server.gateways import wechat
from server.gateways.wechat import WechatConfig
from tests.factories.citizens import privacy_notice
from tests.support.wechat import Control

TEMPLATE = "SimTicketAnswered00000000000000000000000001"
FIELDS = {"character_string1": "number", "thing2": "title", "phrase3": "state", "time4": "at", "thing5": "text"}
SAYS = {
    "number": "FW-2026-0042",
    "title": "首页打不开",
    "state": "已响应",
    "at": "2026-11-20 09:00",
    "text": "正在核查",
}


def point_at(sim: Control, **changes: Any) -> None:
    """Let the process's gateway speak to the simulator."""
    config = {"appid": sim.config.appid, "secret": sim.config.secret, "base_url": sim.url, "timeout": 2.0}
    pushes = {"push_token": sim.config.token, "push_aes_key": sim.config.aes_key}
    wechat.configure(WechatConfig(**config | pushes | changes))


def set_template() -> None:
    notices.set_template(SCHEDULER, "ticket_answered", template_id=TEMPLATE, fields=FIELDS)


@dataclass
class Person:
    """One citizen."""

    name: str
    openid: str
    citizen: Citizen

    @classmethod
    def signed_in(cls, sim: Control, name: str = "林知夏") -> Person:
        sim.user(name)
        login = wechat.code2session(sim.login(name))
        lifetimes = Lifetimes(access=timedelta(hours=2), refresh=timedelta(days=30))
        identity.sign_in_citizen(ANONYMOUS, openid=login.openid, lifetimes=lifetimes)
        found = identity.citizen_by_openid(login.openid)
        assert found is not None
        return cls(name, login.openid, found)

    @property
    def actor(self) -> identity.Actor:
        return identity.Actor(kind=identity.ActorKind.CITIZEN, id=self.citizen.id, name="市民")

    def consent(self) -> None:
        """Agree to the privacy notice in force, as one must before reporting."""
        notice = privacy_notice()
        scopes = [item["key"] for item in notice.items]
        identity.give_consent(self.actor, version=notice.version, scopes=scopes)

    def subscribe(self, sim: Control, count: int = 1) -> None:
        """Accept in the pop-up so many times, as the mini program tells both WeChat and us."""
        sim.grant(self.name, TEMPLATE, count)
        for _ in range(count):
            notices.grant(self.actor, results={TEMPLATE: notices.Answer.ACCEPT})

    def told(self, key: str = "event-1", **says: str) -> Message:
        return notices.tell(
            self.citizen.id, "ticket_answered", SAYS | says, page="pages/tickets/show?id=1", dedupe_key=key
        )
