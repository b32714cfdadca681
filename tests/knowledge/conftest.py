"""Articles of two contracts and the people who write and read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from server.domain import knowledge
from server.domain.contracts import Contract
from server.domain.identity import Actor, Role
from server.domain.knowledge import Article, Audience
from tests.factories import contracts
from tests.factories import identity as people


@dataclass(frozen=True)
class Library:
    """林 and 周 of the bureau, 沈 audits; 郑 and 吴 under contract a, 白 under b."""

    a: Contract
    b: Contract
    lin: Actor
    zhou: Actor
    shen: Actor
    zheng: Actor
    wu: Actor
    bai: Actor

    def draft(self, by: Actor | None = None, **values: Any) -> Article:
        """A draft for staff of contract a, by its vendor unless told otherwise."""
        usual: dict[str, Any] = {"title": "重启交换服务", "body": "先停任务，再启动。", "audience": Audience.STAFF}
        usual |= {"contract_id": self.a.id}
        return knowledge.draft(by or self.zheng, **(usual | values))

    def published(self, by: Actor | None = None, **values: Any) -> Article:
        """The same, published; for citizens by the bureau."""
        article = self.draft(by, **values)
        who = self.zhou if article.audience is Audience.CITIZENS else by or self.zheng
        return knowledge.publish(who, article.id)


@pytest.fixture
def library(session: Any) -> Library:
    a, b = contracts.contract_a(), contracts.contract_b()
    return Library(
        a=a,
        b=b,
        lin=people.actor("lin"),
        zhou=people.actor("zhou"),
        shen=people.actor("shen"),
        zheng=people.actor("zheng", contract_id=a.id),
        wu=people.actor("wu", contract_id=a.id),
        bai=people.actor("bai", contract_id=b.id, roles=[Role.VENDOR_MANAGER]),
    )
