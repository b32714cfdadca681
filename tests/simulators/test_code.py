"""The life of a version: uploaded, audited, gray, live, rolled back, with the refusals on the way."""

from typing import Any

import pytest

from tests.simulators.conftest import Api, Receiver
from tests.simulators.test_platform import Platform
from tests.support.wechat import Control, ControlError


class Driver:
    """A platform that has been authorised, and what it may do."""

    def __init__(self, platform: Platform) -> None:
        self.platform, self.api, self.sim = platform, platform.api, platform.sim
        self.component, info = platform.authorised()
        self.token = info["authorizer_access_token"]

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        return self.api.call("GET", f"/wxa/{path}", token=self.token, query=query)

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        return self.api.call("POST", f"/wxa/{path}", body, token=self.token)

    def commit(self, version: str) -> int:
        draft = self.sim.post("drafts", user_version=version, user_desc=f"第 {version} 版")["draft_id"]
        self.api.call("POST", "/wxa/addtotemplate", {"draft_id": draft}, token=self.component)
        template = self.api.call("GET", "/wxa/gettemplatelist", token=self.component)["template_list"][-1]
        answer = self.post(
            "commit", template_id=template["template_id"], ext_json="{}", user_version=version, user_desc="修复"
        )
        return int(answer["errcode"])

    def submit(self) -> dict[str, Any]:
        return self.post("submit_audit", item_list=[{"address": "pages/index/index"}])

    def approved(self, version: str) -> int:
        assert self.commit(version) == 0
        auditid = int(self.submit()["auditid"])
        self.sim.post("audits/decide", verdict="approved")
        return auditid

    def live(self) -> str:
        return str(self.post("getversioninfo")["release_info"]["release_version"])


@pytest.fixture
def driver(api: Api, receiver: Receiver) -> Driver:
    api.sim.post("platform", url=receiver.url, message_url=f"{receiver.url}/$APPID$")
    return Driver(Platform(api, receiver))


def test_the_whole_way_and_back(driver: Driver, sim: Control) -> None:
    auditid = driver.approved("1.5.0")
    assert driver.post("get_auditstatus", auditid=auditid)["status"] == 0
    assert driver.live() == "1.4.2"
    for share in (10, 50):
        assert driver.post("grayrelease", gray_percentage=share)["errcode"] == 0
        assert driver.get("getgrayreleaseplan")["gray_release_plan"]["gray_percentage"] == share
    assert driver.post("release")["errcode"] == 0
    assert driver.get("getgrayreleaseplan")["gray_release_plan"]["status"] == 3
    assert driver.live() == "1.5.0"
    (past,) = driver.get("revertcoderelease", action="get_history_version")["version_list"]
    assert (past["user_version"], past["app_version"]) == ("1.4.2", sim.config.build)
    assert driver.get("revertcoderelease")["errcode"] == 0
    assert driver.live() == "1.4.2"
    assert driver.get("revertcoderelease")["errcode"] == 87012


def test_verdicts_are_pushed_to_the_platform_with_reason_and_pictures(driver: Driver, sim: Control) -> None:
    driver.commit("1.5.0")
    driver.submit()
    sim.post("audits/decide", verdict="delayed", reason="需要更多时间")
    sim.post("audits/decide", verdict="rejected", reason="类目不符", screenshot="a|b")
    delayed, rejected = driver.platform.pushed()[-2:]
    assert (delayed["Event"], delayed["Reason"]) == ("weapp_audit_delay", "需要更多时间")
    assert (rejected["Event"], rejected["Reason"], rejected["ScreenShot"]) == ("weapp_audit_fail", "类目不符", "a|b")
    latest = driver.get("get_latest_auditstatus")
    assert (latest["status"], latest["reason"], latest["ScreenShot"]) == (1, "类目不符", "a|b")


def test_nobody_authorised_nobody_told(driver: Driver, sim: Control) -> None:
    sim.post("console", click="upload", user_version="1.5.0")
    sim.post("console", click="submit")
    sim.post("unauthorise")
    before = len(driver.platform.pushed())
    sim.post("audits/decide", verdict="approved")
    assert len(driver.platform.pushed()) == before


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"template_id": 99, "ext_json": "{}"}, 85014),
        ({"ext_json": {"extEnable": True}}, 85013),
        ({"ext_json": "{"}, 85048),
        ({"ext_json": '{"extPages": {"pages/none": {}}}'}, 85045),
        ({"user_version": ""}, 85015),
    ],
)
def test_faulty_commits(driver: Driver, body: dict[str, Any], errcode: int) -> None:
    driver.commit("1.5.0")
    template = driver.api.call("GET", "/wxa/gettemplatelist", token=driver.component)["template_list"][-1]
    good = {"template_id": template["template_id"], "ext_json": "{}", "user_version": "1.5.1", "user_desc": ""}
    assert driver.post("commit", **good | body)["errcode"] == errcode


def test_submitting_needs_code_and_room(driver: Driver, sim: Control) -> None:
    assert driver.submit()["errcode"] == 86001
    assert driver.get("get_latest_auditstatus")["errcode"] == 86001
    driver.commit("1.5.0")
    assert driver.post("submit_audit", item_list=[{}] * 6)["errcode"] == 85023
    assert driver.submit()["errcode"] == 0
    assert driver.submit()["errcode"] == 85009
    sim.post("audits/decide", verdict="approved")
    sim.post("code", limits={"submit": 1})
    assert driver.submit()["errcode"] == 85085
    quota = driver.get("queryquota")
    assert (quota["rest"], quota["limit"]) == (0, 1)
    assert driver.post("get_auditstatus", auditid=1)["errcode"] == 85012


def test_undoing_is_limited_by_day_and_month(driver: Driver, sim: Control) -> None:
    sim.post("code", limits={"submit": 100})
    driver.commit("1.5.0")
    assert driver.get("undocodeaudit")["errcode"] == 85019

    def undo() -> int:
        if driver.get("get_latest_auditstatus").get("status") != 2:
            driver.submit()
        return int(driver.get("undocodeaudit")["errcode"])

    sim.post("clock", set=1_788_192_000)  # the first of a month, so that five days later is the same
    driver = Driver(driver.platform)
    assert [undo() for _ in range(6)] == [0] * 5 + [87013]
    sim.advance(86400)
    driver = Driver(driver.platform)
    assert [undo() for _ in range(6)] == [0] * 5 + [87013]
    sim.advance(86400)
    driver = Driver(driver.platform)
    assert undo() == 87013


def test_haste(driver: Driver, sim: Control) -> None:
    driver.commit("1.5.0")
    auditid = driver.submit()["auditid"]
    assert driver.post("speedupaudit", auditid=auditid)["errcode"] == 0
    assert driver.post("speedupaudit", auditid=auditid)["errcode"] == 89404
    sim.post("audits/decide", verdict="rejected", reason="不符")
    assert driver.post("speedupaudit", auditid=auditid)["errcode"] == 89402
    second = driver.submit()["auditid"]
    assert driver.post("speedupaudit", auditid=second)["errcode"] == 89405


def test_gray_goes_up_only_and_needs_an_approved_version(driver: Driver, sim: Control) -> None:
    gray = lambda share, **more: driver.post("grayrelease", gray_percentage=share, **more)["errcode"]  # noqa: E731
    assert gray(10) == 85080
    driver.approved("1.5.0")
    assert [gray(share) for share in (-1, 101, "10", None, 0)] == [85081] * 5
    assert gray(0, support_debuger_first=True) == 0
    assert [gray(10), gray(10), gray(5), gray(20)] == [0, 85082, 85082, 0]
    assert driver.get("revertcoderelease")["errcode"] == 87011
    assert driver.get("revertgrayrelease")["errcode"] == 0
    assert driver.get("getgrayreleaseplan")["gray_release_plan"]["status"] == 4
    assert gray(5) == 0
    assert gray(100) == 0
    assert driver.live() == "1.5.0"
    assert gray(100) == 85080
    assert driver.post("release")["errcode"] == 85052


def test_gray_needs_a_live_version(driver: Driver, sim: Control) -> None:
    sim.post("code", never_released=True)
    driver.approved("1.5.0")
    assert driver.post("grayrelease", gray_percentage=10)["errcode"] == 85079
    assert driver.post("release")["errcode"] == 0


def test_release_needs_an_approval(driver: Driver, sim: Control) -> None:
    assert driver.post("release")["errcode"] == 85019
    driver.commit("1.5.0")
    driver.submit()
    assert driver.post("release")["errcode"] == 85020
    with driver.api.raw("POST", "/wxa/release", token=driver.token, data=b"") as answer:
        assert answer.json()["errcode"] == 44002


def test_back_to_a_named_version(driver: Driver, sim: Control) -> None:
    for version in ("1.5.0", "1.6.0"):
        driver.approved(version)
        driver.post("release")
    numbers = {
        row["user_version"]: row["app_version"]
        for row in driver.get("revertcoderelease", action="get_history_version")["version_list"]
    }
    assert driver.get("revertcoderelease", app_version=str(numbers["1.4.2"]))["errcode"] == 0
    assert driver.live() == "1.4.2"
    assert driver.get("revertcoderelease", app_version="1")["errcode"] == 87012


def test_the_number_in_the_referer_counts_submissions(driver: Driver, sim: Control) -> None:
    driver.approved("1.5.0")
    driver.commit("1.5.1")
    driver.approved("1.5.1")
    assert sim.get("state")["build"] == sim.config.build
    driver.post("release")
    assert (sim.get("state")["app_version"], sim.get("state")["build"]) == ("1.5.1", sim.config.build + 2)


def test_gray_is_for_the_same_people_as_the_share_grows(driver: Driver, sim: Control) -> None:
    people = [f"市民{number}" for number in range(200)]
    driver.approved("1.5.0")
    seen: list[set[str]] = []
    for share in (10, 50, 99):
        driver.post("grayrelease", gray_percentage=share)
        has = {name for name in people if sim.get("version", user=name)["user_version"] == "1.5.0"}
        assert abs(len(has) / len(people) - share / 100) < 0.12
        seen.append(has)
    assert seen[0] < seen[1] < seen[2]


def test_visits_support_version_pages_and_code_picture(driver: Driver, sim: Control) -> None:
    assert driver.post("getvisitstatus")["status"] == 1
    assert driver.post("change_visitstatus", action="hide")["errcode"] == 85022
    driver.post("change_visitstatus", action="close")
    assert driver.post("getvisitstatus")["status"] == 0
    wxopen = lambda call, **body: driver.api.call("POST", f"/cgi-bin/wxopen/{call}", body, token=driver.token)  # noqa: E731
    assert wxopen("setweappsupportversion", version="new")["errcode"] == 85015
    wxopen("setweappsupportversion", version="2.32.3")
    assert wxopen("getweappsupportversion")["now_version"] == "2.32.3"
    assert driver.get("get_page")["errcode"] == 86001
    driver.commit("1.5.0")
    assert "pages/index/index" in driver.get("get_page")["page_list"]
    with driver.api.raw("GET", "/wxa/get_qrcode", token=driver.token) as answer:
        assert answer.headers["Content-Type"] == "image/png"
    assert driver.get("get_category")["category_list"][0]["first_class"]


def test_drafts_and_templates(driver: Driver, sim: Control) -> None:
    ask = lambda path, **body: driver.api.call("POST", f"/wxa/{path}", body, token=driver.component)  # noqa: E731
    assert ask("addtotemplate", draft_id=7)["errcode"] == 85064
    draft = sim.post("drafts", user_version="1.5.0")["draft_id"]
    listed = driver.api.call("GET", "/wxa/gettemplatedraftlist", token=driver.component)["draft_list"]
    assert [row["draft_id"] for row in listed] == [draft]
    assert ask("addtotemplate", draft_id=draft)["errcode"] == 0
    (template,) = driver.api.call("GET", "/wxa/gettemplatelist", token=driver.component)["template_list"]
    assert ask("deletetemplate", template_id=template["template_id"])["errcode"] == 0
    assert ask("deletetemplate", template_id=template["template_id"])["errcode"] == 85064


def test_what_an_owner_clicks_shows_in_the_plan(api: Api, sim: Control) -> None:
    for click in ({"click": "upload", "user_version": "1.5.0"}, {"click": "submit"}):
        sim.post("console", **click)
    sim.post("audits/decide", verdict="approved")
    plan = lambda: api.call("GET", "/wxa/getgrayreleaseplan")["gray_release_plan"]  # noqa: E731
    assert plan()["status"] == 0
    sim.post("console", click="gray", percentage=10)
    assert (plan()["status"], plan()["gray_percentage"]) == (1, 10)
    sim.post("console", click="pause")
    assert plan()["status"] == 2
    sim.post("console", click="end_gray")
    assert plan()["status"] == 4
    sim.post("console", click="release")
    assert sim.get("code")["live"]["user_version"] == "1.5.0"
    sim.post("console", click="roll_back")
    assert sim.get("code")["live"]["user_version"] == "1.4.2"
    for wrong in ({"click": "dance"}, {"click": "roll_back"}):
        with pytest.raises(ControlError):
            sim.post("console", **wrong)
