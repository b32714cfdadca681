"""What the record of a release says: its log, its hash, and the version one goes back to (A03)."""

from __future__ import annotations

import pytest
import time_machine

from server.core import spelling
from server.domain import releases
from server.domain.releases import State, Step
from server.domain.releases.on_paper import RECORD
from tests.factories.records import at
from tests.factories.releases import approver, pipeline, step, walked
from tests.support.on_paper import issued

BACK = "可回退版本"


@pytest.fixture
def made(session):
    return pipeline()


def test_a_record_tells_the_way_and_where_one_goes_back_to(made):
    with time_machine.travel(at("2026-09-01 10:00"), tick=False):
        first = walked(made, "1.4.1", State.FULL)
        assert issued(made.actor, RECORD, first.id).says(BACK, "无")
    with time_machine.travel(at("2026-10-01 10:00"), tick=False):
        second = walked(made, "1.4.2", State.FULL)
        paper = issued(made.actor, RECORD, second.id)
        assert paper.says(BACK, "1.4.1")
        assert paper.holds(second.content_sha256)
        assert paper.says("上线时间", "2026年10月1日 10:00")
        for event in releases.events_of(second):
            assert paper.holds(f"{spelling.moment(event.at)}{event.step.label if event.step else event.kind.label}")
    with time_machine.travel(at("2026-10-02 10:00"), tick=False):
        step(made, second, Step.ROLL_BACK, by=approver(), reason="首页打不开", message="请重新打开小程序。")
        paper = issued(made.actor, RECORD, second.id)
        assert paper.says(BACK, "1.4.1")
        assert paper.values["状态"] == second.state.label
