"""The console's kit: pages and their parts, toasts, headers, assets, navigation, and what templates may contain."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, abort
from flask.testing import FlaskClient
from flask_wtf import CSRFProtect
from werkzeug.test import TestResponse

from server.admin import assets, gallery, headers, pages
from server.admin.forms import Form
from server.admin.navigation import NAVIGATION, Entry, Group, navigation_of, url_if
from server.domain.identity.permissions import Permission

ADMIN = Path(assets.__file__).parent
TEMPLATES = sorted((ADMIN / "templates").rglob("*.html"))
HTMX = {"HX-Request": "true"}
GALLERY = "/admin/_gallery/"


class Alice:
    """An officer of the vendor who may see tickets and nothing else."""

    name = "艾丽丝"
    organisation_name = "安信运维"
    roles_label = "运维人员"

    def may(self, permission: str, /) -> bool:
        return permission == Permission.TICKET_VIEW


@pytest.fixture
def kit() -> Flask:
    app = Flask("tests.ui_kit")
    app.config.update(SECRET_KEY="a key for tests only, long enough", TESTING=True, WTF_CSRF_CHECK_DEFAULT=False)
    CSRFProtect(app)
    pages.install(app, assets.stub_assets())
    gallery.install(app)
    app.add_url_rule("/admin/tickets/", "tickets.index", lambda: "tickets")
    app.add_url_rule("/admin/audit/", "audit.index", lambda: "audit")
    app.add_url_rule("/admin/agenda/alerts/", "agenda_alerts.index", lambda: "alerts")
    app.add_url_rule("/refuse", "refuse", lambda: abort(400))

    @app.context_processor
    def given() -> dict[str, Any]:
        public = {"bureau_name": "甲市市场监督管理局", "demo": True, "simulator_url": None, "version": "1.0"}
        banners = [{"level": "warning", "text": "节假日未维护", "href": "", "link_text": ""}]
        bell = {"shown": True, "count": 3}
        return {"actor": Alice(), "settings_public": public, "banners": banners, "bell": bell}

    return app


@pytest.fixture
def browser(kit: Flask) -> FlaskClient:
    return kit.test_client()


def said(answer: TestResponse) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = json.loads(answer.headers["HX-Trigger"])["toasts"]["items"]
    return items


class TestPage:
    def test_a_browser_gets_the_whole_page(self, browser: FlaskClient) -> None:
        answer = browser.get(GALLERY)
        assert answer.status_code == 200
        assert answer.text.startswith("<!doctype html>")
        assert 'lang="zh-CN"' in answer.text
        assert "HX-Request" in answer.headers["Vary"]

    def test_htmx_gets_the_part(self, browser: FlaskClient) -> None:
        answer = browser.get(GALLERY, headers=HTMX)
        assert answer.text.lstrip().startswith('<div id="samples-region"')
        assert "<html" not in answer.text

    @pytest.mark.parametrize(
        "header", [{"HX-Boosted": "true"}, {"HX-History-Restore-Request": "true"}, {"HX-Request-Type": "full"}]
    )
    def test_htmx_gets_the_whole_page_where_it_replaces_the_body(
        self, browser: FlaskClient, header: dict[str, str]
    ) -> None:
        assert "<html" in browser.get(GALLERY, headers=HTMX | header).text

    def test_the_page_names_the_bureau_and_shows_banners(self, browser: FlaskClient) -> None:
        text = browser.get(GALLERY).text
        assert "<title>界面组件 · 甲市市场监督管理局</title>" in text
        assert "节假日未维护" in text
        assert "演示环境" in text

    def test_error_pages_do_not_ask_for_banners(self, browser: FlaskClient) -> None:
        text = browser.get(f"{GALLERY}errors/503").text
        assert "节假日未维护" not in text
        assert "演示环境" in text

    def test_plain_pages_and_ids_are_sound(self, browser: FlaskClient) -> None:
        for path in (GALLERY, f"{GALLERY}plain"):
            ids = re.findall(r'\sid="([^"]+)"', browser.get(path).text)
            assert len(ids) == len(set(ids))

    def test_forms_do_not_nest(self, browser: FlaskClient) -> None:
        depth = 0
        for tag in re.findall(r"<(/?)form\b", browser.get(GALLERY).text):
            depth += -1 if tag else 1
            assert depth in (0, 1)

    def test_a_list_links_to_itself_with_one_argument_changed(self, browser: FlaskClient) -> None:
        text = browser.get(f"{GALLERY}?late=1&page=3&sort=title").text
        assert 'href="/admin/_gallery/?late=1&amp;page=4&amp;sort=title"' in text
        assert 'href="/admin/_gallery/?late=1&amp;sort=-title"' in text
        assert 'aria-sort="ascending"' in text
        assert re.search(r'aria-label="第 3 页" aria-current="page"', text)


class TestOnward:
    def test_a_browser_is_sent_with_303(self, browser: FlaskClient) -> None:
        answer = browser.post(f"{GALLERY}toast/success")
        assert (answer.status_code, answer.headers["Location"]) == (303, GALLERY)

    def test_htmx_is_sent_by_header(self, browser: FlaskClient) -> None:
        answer = browser.post(f"{GALLERY}toast/success", headers=HTMX)
        assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, GALLERY)
        assert "HX-Trigger" not in answer.headers

    @pytest.mark.parametrize("header", [{}, HTMX])
    def test_a_toast_survives_the_way_and_is_shown_once(self, browser: FlaskClient, header: dict[str, str]) -> None:
        browser.post(f"{GALLERY}toast/danger", headers=header)
        first = browser.get(GALLERY).text
        assert '"kind": "danger"' in first
        assert '"kind": "danger"' not in browser.get(GALLERY).text

    def test_a_toast_rides_on_the_answer_to_htmx_beside_other_events(self, kit: Flask) -> None:
        def view() -> Response:
            pages.toast("已分派", undo_url="/undo")
            answer = pages.page("gallery/_form.html", form=Form(gallery.TicketSchema()))
            answer.headers["HX-Trigger"] = "ticketsChanged"
            return answer

        kit.add_url_rule("/say", "say", view)
        answer = kit.test_client().get("/say", headers=HTMX)
        assert answer.headers["HX-Trigger"].isascii()
        assert said(answer) == [{"message": "已分派", "kind": "success", "undo_url": "/undo"}]
        assert json.loads(answer.headers["HX-Trigger"])["ticketsChanged"] == {}

    def test_a_toast_of_a_whole_page_is_in_the_page(self, kit: Flask) -> None:
        def view() -> Response:
            pages.toast("</script>已保存")
            return pages.page("gallery/plain.html", form=Form(gallery.TicketSchema()))

        kit.add_url_rule("/say", "say", view)
        browser = kit.test_client()
        text = browser.get("/say").text
        assert r"\u003c/script\u003e\u5df2\u4fdd\u5b58" in text
        assert "5df2" not in browser.get(GALLERY).text

    def test_a_refused_form_comes_back_with_its_words_and_422(self, browser: FlaskClient) -> None:
        answer = browser.post(f"{GALLERY}save", data={"title": "短"}, headers=HTMX)
        assert answer.status_code == 422
        assert 'value="短"' in answer.text
        assert "应为 4 至 80 个字。" in answer.text
        assert 'aria-invalid="true"' in answer.text


class TestProblem:
    def test_a_browser_gets_an_error_page(self, browser: FlaskClient) -> None:
        answer = browser.get(f"{GALLERY}errors/404")
        assert answer.status_code == 404
        assert "没有找到您要的页面" in answer.text
        assert "0f8fad5b-d9cb-469f" in answer.text

    def test_htmx_keeps_its_page_and_says_so(self, browser: FlaskClient) -> None:
        answer = browser.get(f"{GALLERY}errors/409", headers=HTMX)
        assert (answer.status_code, answer.text, answer.headers["HX-Reswap"]) == (409, "", "none")
        assert said(answer)[0]["kind"] == "danger"

    @pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 422, 429, 500, 503])
    def test_every_status_has_a_page(self, browser: FlaskClient, status: int) -> None:
        assert browser.get(f"{GALLERY}errors/{status}").status_code == status


class TestHeaders:
    @pytest.mark.parametrize("path", [GALLERY, "/admin/tickets/", "/nowhere", "/refuse", f"{GALLERY}errors/500"])
    def test_they_are_on_every_answer(self, browser: FlaskClient, path: str) -> None:
        found = browser.get(path).headers
        policy = found["Content-Security-Policy"]
        assert "unsafe" not in policy
        for rule in ("frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'", "form-action 'self'"):
            assert rule in policy
        assert found["X-Content-Type-Options"] == "nosniff"
        assert found["Referrer-Policy"] == "same-origin"
        assert found["Cross-Origin-Opener-Policy"] == "same-origin"
        assert found["Cache-Control"] == "no-store"
        assert "camera=()" in found["Permissions-Policy"]
        assert "T" in found["X-Server-Time"]
        assert "Strict-Transport-Security" not in found

    def test_tls_is_kept_once_it_was_there(self, browser: FlaskClient) -> None:
        found = browser.get(GALLERY, base_url="https://localhost").headers
        assert found["Strict-Transport-Security"].startswith("max-age=31536000")

    def test_the_nonce_is_one_a_request(self, kit: Flask) -> None:
        kit.add_url_rule("/nonce", "nonce", headers.csp_nonce)
        browser = kit.test_client()
        first, second = browser.get("/nonce"), browser.get("/nonce")
        assert f"'nonce-{first.text}'" in first.headers["Content-Security-Policy"]
        assert first.text != second.text

    def test_a_request_refused_by_csrf_is_400_with_headers(self, kit: Flask) -> None:
        kit.config["WTF_CSRF_CHECK_DEFAULT"] = True
        answer = kit.test_client().post(f"{GALLERY}save")
        assert answer.status_code == 400
        assert "'nonce-" in answer.headers["Content-Security-Policy"]

    def test_a_browser_may_report_without_a_token(self, kit: Flask, caplog: pytest.LogCaptureFixture) -> None:
        kit.config["WTF_CSRF_CHECK_DEFAULT"] = True
        answer = kit.test_client().post(headers.REPORT_PATH, data=b'{"a":\n1}' + b"x" * 100_000)
        assert answer.status_code == 204
        report = caplog.records[0].__dict__["report"]
        assert report.startswith('{"a": 1}')
        assert len(report) <= headers.REPORT_BYTES

    def test_an_answer_may_bring_its_own(self, kit: Flask) -> None:
        kit.add_url_rule("/file", "file", lambda: ("", {"Content-Security-Policy": "sandbox"}))
        assert kit.test_client().get("/file").headers["Content-Security-Policy"] == "sandbox"


class TestAssets:
    def test_a_missing_manifest_names_the_command(self, tmp_path: Path) -> None:
        with pytest.raises(assets.AssetsMissing, match=r"node server/admin/ui/build\.mjs"):
            assets.load_assets(tmp_path / "manifest.json")

    def test_a_half_built_set_is_refused(self, tmp_path: Path) -> None:
        manifest = tmp_path / "manifest.json"
        manifest.write_text('{"htmx.js": {"file": "htmx-1.js", "sha256": ""}}')
        with pytest.raises(assets.AssetsMissing, match=r"htmx-1\.js"):
            assets.load_assets(manifest)

    def test_a_built_set_is_served_for_ever_under_its_build_only(self, tmp_path: Path, kit: Flask) -> None:
        manifest = tmp_path / "manifest.json"
        (tmp_path / "htmx-1.js").write_text("")
        manifest.write_text('{"htmx.js": {"file": "htmx-1.js", "sha256": ""}}')
        kit.extensions["console_assets"] = built = assets.load_assets(manifest)
        with kit.test_request_context():
            assert assets.asset_url("htmx.js") == f"/admin/static/{built.build}/vendor/htmx-1.js"
            own = assets.asset_url("css/app.css")
        browser = kit.test_client()
        with browser.get(own) as today, browser.get("/admin/static/before/css/app.css") as before:
            assert "immutable" in today.headers["Cache-Control"]
            assert "no-store" in before.headers["Cache-Control"]

    def test_an_unknown_name_is_a_mistake(self, kit: Flask) -> None:
        with kit.test_request_context(), pytest.raises(assets.AssetsMissing, match="nothing"):
            assets.asset_url("nothing.css")

    def test_the_lock_names_no_registry(self) -> None:
        assert '"resolved"' not in (ADMIN / "ui/package-lock.json").read_text()
        wanted = json.loads((ADMIN / "ui/package.json").read_text())
        pins = {**wanted["dependencies"], **wanted["devDependencies"]}.values()
        assert all(re.fullmatch(r"\d+\.\d+\.\d+", pin) for pin in pins)

    def test_every_drawing_in_use_is_in_the_sprite(self, browser: FlaskClient) -> None:
        listed = {line for line in (ADMIN / "ui/icons.txt").read_text().splitlines() if not line.startswith("#")}
        written = {name for each in TEMPLATES for name in re.findall(r'\bicon\("([a-z0-9-]+)"', each.read_text())}
        drawn = set(re.findall(r'icons\.svg#([a-z0-9-]+)"', browser.get(GALLERY).text))
        in_menu = {entry.icon for group in NAVIGATION for entry in group.entries}
        assert written | drawn | in_menu <= listed


class TestNavigation:
    def test_every_permission_in_it_exists(self) -> None:
        asked = [entry.permission for group in NAVIGATION for entry in group.entries if entry.permission]
        assert [Permission(each).value for each in asked] == asked

    def test_it_shows_what_there_is_for_this_officer(self, kit: Flask) -> None:
        with kit.test_request_context("/admin/tickets/7"):
            assert [(label, [link.label for link in links]) for label, links in navigation_of(Alice())] == [
                ("服务台", ["工单"])
            ]
            assert navigation_of(Alice())[0][1][0].active
            assert navigation_of(None) == []

    def test_a_prefix_lights_one_path_only(self, kit: Flask) -> None:
        group = (Group("", (Entry("首页", "home", "tickets.index", prefix="/admin/"),)),)
        for path, lit in (("/admin/", True), ("/admin/tickets/", False)):
            with kit.test_request_context(path):
                assert navigation_of(Alice(), group)[0][1][0].active is lit

    def test_a_missing_page_has_no_address(self, kit: Flask) -> None:
        with kit.test_request_context():
            assert url_if("tickets.index") == "/admin/tickets/"
            assert url_if("elsewhere.index") == ""


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ADMIN)))
def test_templates_hold_to_the_policy(template: Path) -> None:
    """console_security.md §1.3: nothing inline, nothing that needs eval, nothing unescaped."""
    text = re.sub(r"\{#.*?#\}", "", template.read_text(), flags=re.DOTALL)
    forbidden = {
        r"\sstyle\s*=": "a style attribute",
        r"\son[a-z]+\s*=\s*[\"']": "an inline handler",
        r"<style\b": "a style element",
        r"\|\s*safe\b": "unescaped output",
        r"\bautoescape\s+false": "unescaped output",
        r"hx-on\b|hx-on:": "hx-on, which needs eval",
        r"hx-(?:vals|headers)[^=]*=\s*[\"']\s*js:": "js:, which needs eval",
        r"hx-trigger=\"[^\"]*\[": "a trigger filter, which needs eval",
        r"(?:src|href)=\"https?://": "an asset from elsewhere",
    }
    assert {why for pattern, why in forbidden.items() if re.search(pattern, text)} == set()
    for attributes in re.findall(r"<script\b([^>]*)>", text):
        assert "src=" in attributes or 'type="application/json"' in attributes
