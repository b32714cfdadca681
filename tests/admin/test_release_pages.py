"""The pages of releases: what each side sees and may do, what a page says of a release, and the policy of versions."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from server.admin.release_actions import ACTIONS
from server.core import clock, tallies
from server.domain import notices, releases
from server.domain.identity import SCHEDULER, Role
from server.domain.releases import Sighting, State, Step
from tests.factories import identity as people
from tests.factories import releases as ledger
from tests.factories import tickets as desk
from tests.factories.calendar import seeded_calendar

BOARD = "/admin/releases/"


@pytest.fixture
def pipe(session):
    """The vendor's pipeline, under the mini program's contract."""
    seeded_calendar()
    return ledger.pipeline()


@pytest.fixture
def as_(client, pipe):
    """``as_("zhou")``: the client as that officer's browser."""

    def sign_in(login, **values):
        people.actor(login, **values)
        officer = people.session().query(people.Officer).filter_by(login=login).one()
        return people.signed_in(client, officer)

    return sign_in


def seen(version, launches, *, days=0, build="57", **said):
    with clock.replaying(clock.now() - timedelta(days=days)):
        releases.note_traffic(Sighting(version=version, build=build, **said), launches=launches, requests=launches * 3)
    tallies.flush()


def steps_on(text):
    """The steps that a page has forms for."""
    return set(re.findall(r'action="/admin/releases/[0-9a-f-]{36}/([a-z_]+)"', text))


def path(release, rest=""):
    return f"/admin/releases/{release.id}{rest}"


def test_an_empty_ledger_says_how_to_begin(as_):
    text = as_("zhou").get(BOARD).text
    assert "还没有版本" in text
    assert "/admin/releases/keys/" in text


def test_the_board_has_each_release_in_its_lane(as_, pipe):
    ledger.walked(pipe, "1.4.1", State.FULL)
    ledger.walked(pipe, "1.4.2", State.GRAY)
    ledger.walked(pipe, "1.5.0", State.AUDIT_PASSED)
    pipe.push("1.5.1")
    seen("1.4.1", 90)
    seen("1.4.2", 10)
    text = as_("zhou").get(BOARD).text
    lanes = dict(re.findall(r'role="listitem" aria-label="([^"]+)">(.*?)</section>', text, re.DOTALL))
    assert [version in lanes[lane] for lane, version in (("线上", "1.4.1"), ("发布", "1.4.2"), ("准备", "1.5.1"))] == [
        True
    ] * 3
    assert "局方</strong>（您）：审批是否上线" in lanes["局方审批"]
    assert "灰度 10%" in lanes["发布"]
    assert "10.0%" in lanes["发布"]
    assert "有 1 个版本等您处理" in text
    assert "有 2 个版本等您处理" in as_("tang").get(BOARD).text


def test_the_board_costs_the_same_whatever_its_length(as_, pipe, queries):
    ledger.walked(pipe, "1.4.1", State.FULL)
    browser = as_("zhou")
    browser.get(BOARD)
    with queries() as few:
        browser.get(BOARD)
    for version in ("1.4.2", "1.4.3", "1.4.4", "1.4.5"):
        pipe.push(version)
    with queries() as more:
        browser.get(BOARD)
    assert len(more) == len(few)
    for list_page in ("all", "adoption"):
        with queries() as cost:
            browser.get(BOARD + list_page)
        assert len(cost) < 25


def test_another_contracts_vendor_sees_no_release(as_, pipe):
    release = ledger.walked(pipe, "1.4.2", State.FULL)
    seen("1.4.2", 10)
    other = as_("wu", roles=[Role.VENDOR_MANAGER])
    for page in (BOARD, f"{BOARD}all", f"{BOARD}adoption"):
        assert "1.4.2" not in other.get(page).text
    assert other.get(path(release)).status_code == 404
    assert other.get(path(release, "/compare")).status_code == 404
    assert other.post(path(release, "/roll_back"), data={"seen": release.seq}).status_code == 404


@pytest.mark.parametrize(
    ("state", "bureau", "vendor"),
    [
        (State.REGISTERED, set(), {"upload", "withdraw"}),
        (State.UPLOADED, set(), {"set_trial", "submit_audit", "withdraw"}),
        (State.IN_AUDIT, set(), {"set_trial", "undo_audit", "pass_audit", "reject_audit"}),
        (State.AUDIT_PASSED, {"approve", "refuse"}, {"set_trial", "withdraw"}),
        (State.APPROVED, {"accept"}, {"set_trial", "full", "gray", "withdraw"}),
        (State.GRAY, {"accept", "roll_back"}, {"set_trial", "full", "gray", "stop_gray", "roll_back"}),
    ],
)
def test_each_side_is_offered_its_own_steps_only(as_, pipe, state, bureau, vendor):
    ledger.walked(pipe, "1.4.1", State.FULL)
    release = ledger.walked(pipe, "1.4.2", state)
    assert steps_on(as_("zhou").get(path(release)).text) == bureau
    assert steps_on(as_("tang").get(path(release)).text) == vendor
    assert steps_on(as_("shen").get(path(release)).text) == set()


def test_a_release_walks_through_the_pages(as_, pipe):
    old = ledger.walked(pipe, "1.4.1", State.FULL)
    release = pipe.push("1.4.2").release
    walk = [
        ("tang", "upload", {}),
        ("tang", "submit_audit", {"audit_id": "4711"}),
        ("tang", "pass_audit", {}),
        ("zhou", "approve", {"scope": "in_contract", "acceptance": "验收单 1\n\n验收单 2", "note": "同意。"}),
        ("tang", "gray", {"percent": "10"}),
        ("tang", "gray", {"percent": "30"}),
        ("tang", "full", {}),
    ]
    for who, step, data in walk:
        answer = as_(who).post(path(release, f"/{step}"), data={"seen": release.seq, **data})
        assert answer.status_code == 303, (step, answer.text)
    assert (release.state, old.state) == (State.FULL, State.SUPERSEDED)
    text = as_("zhou").get(path(release)).text
    for said in ("灰度发布 30%", "同意。", "验收依据：验收单 1、验收单 2", "4711", "合同范围内"):
        assert said in text
    back = as_("zhou").post(
        path(release, "/roll_back"),
        data={"seen": release.seq, "target": str(old.id), "reason": "首页打不开", "block": "true", "message": "请更新"},
    )
    assert back.status_code == 303
    assert (release.state, old.state) == (State.ROLLED_BACK, State.FULL)
    config = notices.app_config()
    assert (config.latest_version, config.blocked_versions, config.update_message) == ("1.4.1", ("1.4.2",), "请更新")
    assert "回退版本到 1.4.1" in as_("tang").get(path(release)).text


def test_a_refused_form_stands_open_with_what_was_typed(as_, pipe):
    ledger.walked(pipe, "1.4.1", State.FULL)
    release = ledger.walked(pipe, "1.4.2", State.GRAY)
    browser = as_("tang")
    same = browser.post(path(release, "/gray"), data={"seen": release.seq, "percent": "10", "note": "再等等"})
    assert same.status_code == 422
    assert "灰度比例只能增大" in same.text
    assert "再等等" in same.text
    assert 'id="step-gray" aria-labelledby="step-gray-title" data-open' in same.text
    assert browser.post(path(release, "/gray"), data={"seen": release.seq, "percent": "x"}).status_code == 422
    nobody = browser.post(path(release, "/roll_back"), data={"seen": release.seq, "reason": "x", "target": "elsewhere"})
    assert nobody.status_code == 422


def test_who_comes_second_learns_it_and_a_form_sent_twice_is_done_once(as_, pipe):
    release = ledger.walked(pipe, "1.4.2", State.AUDIT_PASSED)
    before = release.seq
    form = {"seen": before, "scope": "in_contract"}
    assert as_("zhou").post(path(release, "/approve"), data=form).status_code == 303
    assert as_("zhou").post(path(release, "/approve"), data=form).status_code == 303
    assert len(releases.events_of(release)) == before + 1
    late = as_("tang").post(path(release, "/withdraw"), data={"seen": before, "reason": "不发了"})
    assert late.status_code == 409
    assert "版本状态已更新" in late.text
    assert "不发了" in late.text


def test_steps_need_their_permission(as_, pipe):
    release = ledger.walked(pipe, "1.4.2", State.AUDIT_PASSED)
    assert as_("tang").post(path(release, "/approve"), data={"seen": release.seq}).status_code == 403
    assert as_("lin").post(path(release, "/approve"), data={"seen": release.seq}).status_code == 403
    assert as_("zhou").post(path(release, "/withdraw"), data={"seen": release.seq, "reason": "x"}).status_code == 403
    officer = people.session().query(people.Officer).filter_by(login="zhou").one()
    calm = people.signed_in(as_("zhou"), officer, stepped_up=False)
    assert "/step-up" in calm.post(path(release, "/roll_back"), data={"seen": release.seq}).headers["Location"]


def test_the_page_tells_what_was_shipped_and_who_runs_it(as_, pipe):
    ledger.walked(pipe, "1.4.1", State.FULL)
    ticket = desk.ticket(contract=pipe.contract, title="公告页打不开")
    known = {ticket.number: ticket.id}
    release = ledger.walked(pipe, "1.4.2", State.GRAY, tickets=list(known), ticket_ids=known, privacy_version=1)
    seen("1.4.1", 70, build="56")
    seen("1.4.2", 30, stamp=release.git_sha[:12])
    seen("1.4.2", 1, stamp="ffffffffffff")
    text = as_("zhou").get(path(release)).text
    for said in ("公告页打不开", "784.4 KB", "待上传", "修复安卓端公告页打不开的问题", "代码与登记不一致", "30.7%"):
        assert said in text, said
    assert ticket.number in as_("shen").get(path(release)).text
    assert path(release) in as_("zhou").get(f"/admin/tickets/{ticket.id}").text


def test_a_release_is_compared_with_the_one_before_or_with_any(as_, pipe):
    ledger.walked(pipe, "1.4.1", State.FULL, sizes={"__APP__": 1000})
    ledger.walked(pipe, "1.4.2", State.WITHDRAWN)
    release = ledger.walked(pipe, "1.4.3", State.UPLOADED, sizes={"__APP__": 3048})
    browser = as_("zhou")
    usual = browser.get(path(release, "/compare")).text
    assert 'value="1.4.1" selected' in usual
    assert "增加 2.0 KB" in usual
    assert 'value="1.4.2" selected' in browser.get(path(release, "/compare?with=1.4.2")).text
    assert browser.get(path(release, "/compare?with=nonsense")).status_code == 200


def test_a_lone_release_has_nothing_to_be_compared_with(as_, pipe):
    release = pipe.push("1.4.2").release
    assert "没有可以比较的版本" in as_("zhou").get(path(release, "/compare")).text


def test_adoption_is_told_by_environment_and_period(as_, pipe):
    ledger.walked(pipe, "1.4.2", State.FULL)
    seen("1.4.2", 30, days=20)
    seen("1.4.2", 60)
    seen("", 3, build="99")
    browser = as_("zhou")
    text = browser.get(f"{BOARD}adoption").text
    assert "1.4.2" in text
    assert "构建号未识别" in text
    assert '<td class="text-end tabular">90</td>' in text
    assert '<td class="text-end tabular">90</td>' not in browser.get(f"{BOARD}adoption?days=14").text
    assert "还没有启动过" in browser.get(f"{BOARD}adoption?env=trial&days=7").text
    assert browser.get(f"{BOARD}adoption?env=nowhere&days=x").status_code == 200


def test_every_version_is_listed_and_found(as_, pipe):
    ledger.walked(pipe, "1.4.1", State.FULL, changelog="支持年报提醒。")
    pipe.push("1.4.2")
    browser = as_("zhou")
    assert all(version in browser.get(f"{BOARD}all").text for version in ("1.4.1", "1.4.2"))
    found = browser.get(f"{BOARD}all?q=年报&state=full").text
    assert "1.4.1" in found
    assert ">1.4.2<" not in found


POLICY = f"{BOARD}versions/"


def policy(**changes):
    said = {
        "number": notices.app_config().number,
        "latest": "1.4.2",
        "minimum": "",
        "blocked": "",
        "message": "请更新。",
    }
    return said | {"reason": "测试"} | changes


def test_a_policy_is_tried_on_yesterday_before_it_holds(as_, pipe):
    seen("1.3.0", 20, days=1)
    seen("1.4.2", 80, days=1)
    browser = as_("zhou")
    text = browser.get(f"{POLICY}preview?minimum=1.4.0&blocked=").text
    assert "20.0%" in text
    assert "1.3.0" in text
    part = browser.get(f"{POLICY}preview?blocked=1.3.0，1.4.2", headers={"HX-Request": "true"}).text
    assert "100.0%" in part
    assert "<html" not in part
    assert "没有用户会受影响" in browser.get(f"{POLICY}preview?minimum=not-a-version").text


def test_a_policy_holds_once_it_is_sent(as_, pipe):
    browser = as_("zhou")
    stale = policy()
    done = browser.post(POLICY, data=policy(minimum="1.3.0", blocked="1.3.5, 1.3.6、1.3.7"))
    assert done.status_code == 303
    config = notices.app_config()
    assert (config.minimum_version, config.blocked_versions) == ("1.3.0", ("1.3.5", "1.3.6", "1.3.7"))
    assert browser.post(POLICY, data=stale).status_code == 409
    wrong = browser.post(POLICY, data=policy(minimum="1.9.0"))
    assert wrong.status_code == 422
    assert "最低版本不能高于最新版本" in wrong.text


def test_who_may_not_roll_back_reads_the_policy_only(as_, pipe):
    browser = as_("lin")
    assert "保存并生效" not in browser.get(POLICY).text
    assert browser.post(POLICY, data=policy()).status_code == 403


KEYS = f"{BOARD}keys/"


def test_keys_are_entered_and_revoked_by_the_administrator(as_, pipe):
    browser = as_("chen")
    contract = str(pipe.contract.id)
    text = browser.get(KEYS).text
    assert pipe.key.fingerprint in text
    assert f"--contract {pipe.contract.number}" in text
    bad = browser.post(KEYS, data={"name": "新流水线", "contract_id": contract, "public_key": "nonsense"})
    assert bad.status_code == 422
    assert "应为 Ed25519 公钥" in bad.text
    twice = {"name": "新流水线", "contract_id": contract, "public_key": pipe.key.public_key}
    assert browser.post(KEYS, data=twice).status_code == 422
    another = ledger.pem(ledger.Ed25519PrivateKey.generate())
    assert browser.post(KEYS, data=twice | {"public_key": another}).status_code == 303
    revoke = f"{KEYS}{pipe.key.id}/revoke"
    assert browser.post(revoke, data={"reason": ""}).status_code == 422
    assert browser.post(revoke, data={"reason": "人员离职"}).status_code == 303
    assert pipe.key.revoked_at is not None
    assert "人员离职" in browser.get(KEYS).text


def test_the_vendor_reads_its_keys_and_changes_none(as_, pipe):
    browser = as_("tang")
    text = browser.get(KEYS).text
    assert pipe.key.fingerprint in text
    assert "登记公钥</button>" not in text
    assert browser.post(f"{KEYS}{pipe.key.id}/revoke", data={"reason": "x"}).status_code == 403


def test_a_gray_plan_that_says_otherwise_is_shown(as_, pipe):
    ledger.walked(pipe, "1.4.1", State.FULL)
    release = ledger.walked(pipe, "1.4.2", State.GRAY)
    with clock.replaying(clock.now() + timedelta(minutes=5)):
        releases.note_gray_plan(SCHEDULER, {"status": 1, "gray_percentage": 40})
    text = as_("zhou").get(path(release)).text
    assert "登记与微信灰度计划不符" in text
    assert "微信显示 40%" in text


def test_a_form_of_every_step_is_there():
    by_hand = {step for step, rule in releases.TABLE.items() if rule.hands is not releases.Hands.LEDGER}
    assert set(ACTIONS) == by_hand - {Step.REGISTER}


def test_a_page_that_waits_for_wechat_asks_until_there_is_an_answer(as_, pipe):
    releases.set_policy(SCHEDULER, driver="component")
    release = pipe.push("1.4.2").release
    browser, call = as_("tang"), path(release, "/call")
    part = {"HX-Request": "true"}
    assert browser.get(call, headers=part).headers["HX-Redirect"].endswith(path(release))
    assert "由系统调用微信办理" in browser.get(path(release)).text
    assert browser.post(path(release, "/upload"), data={"seen": release.seq}).status_code == 303
    text = browser.get(path(release)).text
    assert f'hx-get="{call}"' in text
    assert "微信</strong>：返回办理结果" in text
    assert f'hx-get="{call}"' in browser.get(call, headers=part).text
    assert browser.get(call).status_code == 303
    releases.note_outcome(SCHEDULER, release.call_id)
    assert browser.get(call, headers=part).headers["HX-Redirect"].endswith(path(release))
    assert "已上传" in browser.get(path(release)).text
