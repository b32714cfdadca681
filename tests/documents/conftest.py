"""A contract, its people, and another vendor's manager."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from server.domain.contracts import Contract
from server.domain.identity import Actor, OrganisationKind, Role
from tests.factories import contracts
from tests.factories import identity as people
from tests.factories.calendar import seeded_calendar


@dataclass(frozen=True)
class Around:
    """Two contracts; 林 and 周 of the bureau, 吴 under the first, 白 under the second, 沈 audits."""

    ours: Contract
    theirs: Contract
    lin: Actor
    zhou: Actor
    wu: Actor
    bai: Actor
    shen: Actor


@pytest.fixture
def around(session) -> Around:
    seeded_calendar()
    ours, theirs = contracts.contract_a(), contracts.contract_a()
    other = people.organisation(OrganisationKind.VENDOR, "明渠数据服务有限公司")
    people.officer("bai", roles=[Role.VENDOR_MANAGER], contract_id=theirs.id, of=other)
    return Around(
        ours,
        theirs,
        people.actor("lin"),
        people.actor("zhou"),
        people.actor("wu", contract_id=ours.id),
        people.actor("bai"),
        people.actor("shen"),
    )
