"""The component driver over real sockets: every step, every lost answer, every push that is late, double or missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from server.core.db import reading, unit
from server.domain import releases
from server.domain.identity import SCHEDULER
from server.domain.releases import Driver, EventKind, State, Step
from server.gateways import queue
from server.gateways import wechat as wechat_gateway
from server.jobs.handlers import releases as handlers
from server.jobs.release_driver import Wish, drive
from tests.support.databases import chosen_databases
from tests.support.platform import Place, connected
from tests.support.wechat import Control, running_simulator

COMMIT, SUBMIT, GRAY, FULL = "/wxa/commit", "/wxa/submit_audit", "/wxa/grayrelease", "/wxa/release"
REVERT = "/wxa/revertcoderelease"


@pytest.fixture(scope="module")
def wechat() -> Iterator[Control]:
    with running_simulator(push_retries=1, appid="wx0123456789abcdef") as control:
        yield control


@pytest.fixture(params=chosen_databases())
def place(request: pytest.FixtureRequest, wechat: Control, tmp_path: Any) -> Iterator[Place]:
    wechat.reset()
    with connected(request.param, tmp_path, wechat) as made:
        yield made


@pytest.fixture
def on_sqlite(wechat: Control, tmp_path: Any) -> Iterator[Place]:
    """For what the line to WeChat does, whatever the database."""
    wechat.reset()
    with connected("sqlite", tmp_path, wechat) as made:
        yield made


def kinds(place: Place, version: str, step: Step) -> list[str]:
    return [event.kind.value for event in place.events(version) if event.step is step]


def test_the_whole_way_and_back(place: Place) -> None:
    place.live("1.5.0")
    place.pushed("1.6.0")
    assert place.take("1.6.0", Step.UPLOAD).state is State.UPLOADED
    assert place.wechat.get("code")["experience"]["user_version"] == "1.6.0"
    release = place.take("1.6.0", Step.SUBMIT_AUDIT)
    assert (release.state, release.audit_id) == (State.IN_AUDIT, str(place.wechat.get("code")["audit"]["auditid"]))
    place.decide("approved")
    assert place.release("1.6.0").state is State.AUDIT_PASSED
    place.take("1.6.0", Step.APPROVE)
    for share in (10, 50):
        release = place.take("1.6.0", Step.GRAY, percent=share)
        assert (release.state, release.gray_percent) == (State.GRAY, share)
        assert place.wechat.get("code")["plan"]["gray_percentage"] == share
    assert place.take("1.6.0", Step.FULL).state is State.FULL
    assert place.release("1.5.0").state is State.SUPERSEDED
    assert place.take("1.6.0", Step.ROLL_BACK).state is State.ROLLED_BACK
    assert place.release("1.5.0").state is State.FULL
    assert place.wechat.get("code")["live"]["user_version"] == "1.5.0"


def test_gray_is_taken_back_to_what_is_live(place: Place) -> None:
    place.live("1.5.0")
    place.approved("1.6.0")
    place.take("1.6.0", Step.GRAY)
    assert place.take("1.6.0", Step.STOP_GRAY).state is State.APPROVED
    assert place.wechat.get("code")["plan"]["status"] == 4
    place.take("1.6.0", Step.GRAY)
    assert place.take("1.6.0", Step.ROLL_BACK).state is State.ROLLED_BACK
    assert place.asked(REVERT) == 0


def test_an_audit_is_taken_back(place: Place) -> None:
    place.pushed("1.5.0")
    place.take("1.5.0", Step.UPLOAD)
    place.take("1.5.0", Step.SUBMIT_AUDIT)
    assert place.take("1.5.0", Step.UNDO_AUDIT).state is State.UPLOADED
    assert place.wechat.get("code")["audit"]["status"] == 3
    assert place.take("1.5.0", Step.SUBMIT_AUDIT).state is State.IN_AUDIT


def test_a_rejection_comes_with_its_reason_and_can_be_sent_again(place: Place) -> None:
    place.pushed("1.5.0")
    place.take("1.5.0", Step.UPLOAD)
    place.take("1.5.0", Step.SUBMIT_AUDIT)
    place.decide("delayed", reason="再等等")
    assert place.release("1.5.0").state is State.IN_AUDIT
    place.decide("rejected", reason="类目不符", screenshot="a|b")
    assert place.release("1.5.0").state is State.AUDIT_REJECTED
    last = place.events("1.5.0")[-1]
    assert last.text == "类目不符（微信附截图 2 张）"
    assert place.take("1.5.0", Step.SUBMIT_AUDIT).state is State.IN_AUDIT


@pytest.mark.parametrize(
    ("step", "path"),
    [
        (Step.UPLOAD, COMMIT),
        (Step.SUBMIT_AUDIT, SUBMIT),
        (Step.GRAY, GRAY),
        (Step.FULL, FULL),
        (Step.ROLL_BACK, REVERT),
    ],
)
@pytest.mark.parametrize("effect", ["bad_gateway", "busy", "lost", "revoked", "slow"])
def test_no_fault_does_a_step_twice_or_not_at_all(on_sqlite: Place, step: Step, path: str, effect: str) -> None:
    place = on_sqlite
    place.live("1.5.0")
    if step in (Step.UPLOAD, Step.SUBMIT_AUDIT):
        place.pushed("1.6.0")
        if step is Step.SUBMIT_AUDIT:
            place.take("1.6.0", Step.UPLOAD)
    else:
        place.approved("1.6.0")
        if step is Step.ROLL_BACK:
            place.take("1.6.0", Step.FULL)
    fault: dict[str, Any] = {
        "lost": {"kind": "bad_gateway", "done": True},
        "revoked": {"kind": "token_revoked"},
        "slow": {"kind": "latency", "seconds": 5.0},
    }.get(effect, {"kind": effect})
    # rolling back asks the same address for the list first: the fault is for the act
    match = {"match": {"app_version": str(place.wechat.config.build + 1)}} if path == REVERT else {}
    rule = place.wechat.fault(fault, path, times=1, **match)
    place.ask("1.6.0", step)
    place.settle()
    for _ in range(3):
        place.later(60)
    assert place.wechat.hits(rule) == 1
    assert kinds(place, "1.6.0", step) == ["asked", "done"]
    carried_out = [
        call
        for call in place.wechat.calls(path)
        if isinstance(call["answer"], dict) and call["answer"].get("errcode") == 0 and "action" not in call["query"]
    ]
    # 1.5.0 went up, into the audit and out to everybody before
    assert len(carried_out) == (2 if step in (Step.UPLOAD, Step.SUBMIT_AUDIT, Step.FULL) else 1)


@pytest.mark.parametrize(
    ("step", "path", "errcode"),
    [
        (Step.SUBMIT_AUDIT, SUBMIT, 85009),
        (Step.GRAY, GRAY, 85082),
        (Step.FULL, FULL, 85052),
        (Step.ROLL_BACK, REVERT, 87012),
    ],
)
def test_who_comes_second_finds_it_done(on_sqlite: Place, step: Step, path: str, errcode: int) -> None:
    """As when a worker that was taken for lost did it all the same: WeChat did it, and refuses this one."""
    place = on_sqlite
    place.live("1.5.0")
    if step is Step.SUBMIT_AUDIT:
        place.pushed("1.6.0")
        place.take("1.6.0", Step.UPLOAD)
    else:
        place.approved("1.6.0")
        if step is Step.ROLL_BACK:
            place.take("1.6.0", Step.FULL)
    match = {"match": {"app_version": str(place.wechat.config.build + 1)}} if path == REVERT else {}
    rule = place.wechat.fault({"kind": "errcode", "code": errcode, "done": True}, path, times=1, **match)
    place.take("1.6.0", step)
    assert place.wechat.hits(rule) == 1
    assert kinds(place, "1.6.0", step) == ["asked", "done"]


def test_a_worker_that_dies_after_the_call_leaves_it_to_the_next(on_sqlite: Place) -> None:
    place = on_sqlite
    place.live("1.5.0")
    place.approved("1.6.0")
    place.ask("1.6.0", Step.FULL)
    release = place.release("1.6.0")
    drive(Wish(Step.FULL, "1.6.0", release.changelog, False, {}))
    assert place.wechat.get("code")["live"]["user_version"] == "1.6.0"
    before = place.asked(FULL)
    place.settle()
    assert place.release("1.6.0").state is State.FULL
    assert place.asked(FULL) == before


def test_a_refusal_is_an_outcome_and_the_step_can_be_taken_again(place: Place) -> None:
    place.pushed("1.5.0")
    place.take("1.5.0", Step.UPLOAD)
    place.wechat.fault({"kind": "errcode", "code": 85085}, SUBMIT, times=1)
    release = place.take("1.5.0", Step.SUBMIT_AUDIT)
    assert (release.state, release.call_id) == (State.UPLOADED, None)
    failed = place.events("1.5.0")[-1]
    assert (failed.kind, failed.text, failed.data["code"]) == (
        EventKind.FAILED,
        "本月提交审核次数已用完（85085）。",
        85085,
    )
    assert place.take("1.5.0", Step.SUBMIT_AUDIT).state is State.IN_AUDIT


def test_silence_has_an_end(place: Place) -> None:
    place.pushed("1.5.0")
    place.wechat.fault("bad_gateway", COMMIT)
    place.ask("1.5.0", Step.UPLOAD)
    place.settle()
    assert kinds(place, "1.5.0", Step.UPLOAD) == ["asked"]
    place.wechat.post("platform", url="")
    place.later(25 * 3600)
    assert kinds(place, "1.5.0", Step.UPLOAD) == ["asked", "failed"]


def test_what_nobody_uploaded_is_not_released(place: Place) -> None:
    place.pushed("1.5.0")
    for draft in place.wechat.get("code")["drafts"]:
        assert draft["user_version"] == "1.5.0"
    place.wechat.reset()
    place.connect()
    release = place.take("1.5.0", Step.UPLOAD)
    assert release.state is State.REGISTERED
    assert "没有版本 1.5.0" in place.events("1.5.0")[-1].text


def test_another_version_on_trial_is_replaced_before_the_audit(place: Place) -> None:
    place.pushed("1.5.0")
    place.take("1.5.0", Step.UPLOAD)
    place.wechat.post("console", click="upload", user_version="9.9.9")
    place.take("1.5.0", Step.SUBMIT_AUDIT)
    assert place.wechat.get("code")["audit"]["version"]["user_version"] == "1.5.0"


def test_another_approved_version_is_never_released_in_ones_place(place: Place) -> None:
    place.live("1.4.0")
    place.approved("1.5.0")
    place.wechat.post("console", click="upload", user_version="9.9.9")
    place.wechat.post("console", click="submit")
    place.wechat.post("audits/decide", verdict="approved")
    for step in (Step.GRAY, Step.FULL):
        assert place.take("1.5.0", step).state is State.APPROVED
        assert "微信最近一次送审的版本是 9.9.9" in place.events("1.5.0")[-1].text
    assert place.wechat.get("code")["live"]["user_version"] == "1.4.0"


def test_a_gray_version_goes_on_while_its_successor_is_in_audit(place: Place) -> None:
    place.live("1.4.0")
    place.approved("1.5.0")
    place.take("1.5.0", Step.GRAY)
    place.pushed("1.6.0")
    place.take("1.6.0", Step.UPLOAD)
    assert place.take("1.6.0", Step.SUBMIT_AUDIT).state is State.IN_AUDIT
    assert place.take("1.5.0", Step.GRAY, percent=50).gray_percent == 50
    assert place.take("1.5.0", Step.FULL).state is State.FULL
    assert place.wechat.get("code")["live"]["user_version"] == "1.5.0"
    place.decide("approved")
    assert place.release("1.6.0").state is State.AUDIT_PASSED


@pytest.mark.parametrize("effect", ["duplicate", "late", "never"])
def test_verdicts_are_known_whatever_becomes_of_the_push(place: Place, effect: str) -> None:
    place.pushed("1.5.0")
    place.take("1.5.0", Step.UPLOAD)
    place.take("1.5.0", Step.SUBMIT_AUDIT)
    place.wechat.fault(effect, "push:weapp_audit_success", times=1)
    place.decide("approved")
    if effect == "duplicate":
        assert place.release("1.5.0").state is State.AUDIT_PASSED
    with reading():
        waits = handlers.audit_waits()
    assert waits is (effect != "duplicate")
    handlers.settle_audit()
    place.wechat.drain(late=True)
    place.settle()
    assert place.release("1.5.0").state is State.AUDIT_PASSED
    assert kinds(place, "1.5.0", Step.PASS_AUDIT) == ["done"]


def test_an_audit_that_was_taken_back_elsewhere_is_over(place: Place) -> None:
    place.pushed("1.5.0")
    place.take("1.5.0", Step.UPLOAD)
    place.take("1.5.0", Step.SUBMIT_AUDIT)
    place.wechat.post("console", click="undo")
    assert handlers.settle_audit()
    place.settle()
    assert place.release("1.5.0").state is State.UPLOADED
    assert place.asked("/wxa/undocodeaudit") == 0


@pytest.mark.parametrize("lost", ["/cgi-bin/component/api_query_auth", "/cgi-bin/component/api_get_authorizer_info"])
def test_an_authorisation_survives_a_lost_answer(on_sqlite: Place, lost: str) -> None:
    place = on_sqlite
    appid = place.wechat.config.appid
    place.wechat.post("unauthorise")
    place.settle()
    assert not stands(appid)
    place.wechat.advance(1)
    rule = place.wechat.fault({"kind": "bad_gateway", "done": True}, lost, times=1)
    place.wechat.post("authorise")
    place.settle()
    place.later(60)
    assert place.wechat.hits(rule) == 1
    assert stands(appid)
    assert place.approved("1.5.0").state is State.APPROVED


def stands(appid: str) -> bool:
    row = wechat_gateway.authorisation(appid)
    return row is not None and row.revoked_at is None


def test_an_old_verdict_does_not_decide_a_new_audit(place: Place) -> None:
    place.pushed("1.5.0")
    place.take("1.5.0", Step.UPLOAD)
    place.take("1.5.0", Step.SUBMIT_AUDIT)
    place.wechat.fault("late", "push:weapp_audit_fail", times=1)
    place.decide("rejected", reason="一")
    handlers.settle_audit()
    place.take("1.5.0", Step.SUBMIT_AUDIT)
    place.wechat.drain(late=True)
    place.settle()
    assert place.release("1.5.0").state is State.IN_AUDIT


def test_a_manual_release_is_checked_against_the_owners_plan(place: Place) -> None:
    place.wechat.post("unauthorise")
    place.settle()
    for version in ("1.5.0", "1.6.0"):
        place.pushed(version, driver=Driver.MANUAL)
        for step in (Step.UPLOAD, Step.SUBMIT_AUDIT, Step.PASS_AUDIT, Step.APPROVE):
            place.take(version, step)
        for click in ({"click": "upload", "user_version": version}, {"click": "submit"}):
            place.wechat.post("console", **click)
        place.wechat.post("audits/decide", verdict="approved")
        if version == "1.5.0":
            place.take(version, Step.FULL)
            place.wechat.post("console", click="release")
    with reading():
        assert handlers.plan_matters()
    look(place)
    with reading():
        assert not handlers.plan_matters()
    # recorded 10 %, clicked 30 %
    place.take("1.6.0", Step.GRAY)
    assert found(place, "1.6.0") == []
    place.wechat.post("console", click="gray", percentage=30)
    look(place)
    assert found(place, "1.6.0") == ["登记的灰度比例为 10%，微信显示 30%。"]
    place.take("1.6.0", Step.GRAY, percent=30)
    look(place)
    assert found(place, "1.6.0") == []
    place.wechat.post("console", click="pause")
    look(place)
    assert found(place, "1.6.0") == ["登记为灰度中，微信显示灰度已暂停。"]
    place.wechat.post("console", click="end_gray")
    look(place)
    assert found(place, "1.6.0")[0] == "登记为灰度中，微信没有进行中的灰度计划。"


def look(place: Place) -> None:
    with unit():
        queue.put(handlers.GRAY_PLAN, {})
    assert handlers.GRAY_PLAN in place.settle()


def found(place: Place, version: str) -> list[str]:
    with reading():
        release = releases.find_version(SCHEDULER, version)
        return [each.text for each in releases.findings(release) if each.source.value == "plan"]
