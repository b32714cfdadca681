"""Codes and links: what is made, refused, looked up, and opened by scanning."""

import io
from typing import Any

import pytest
from PIL import Image

from tests.simulators.conftest import Api
from tests.support.wechat import Control, ControlError

CODE, PATH_CODE = "/wxa/getwxacodeunlimit", "/wxa/getwxacode"


def test_code_is_a_png_of_about_the_width_asked(api: Api, sim: Control) -> None:
    with api.raw("POST", CODE, {"scene": "t=42", "page": "pages/tickets/show", "width": 430}) as answer:
        assert answer.headers["Content-Type"] == "image/png"
        image = Image.open(io.BytesIO(answer.content))
    assert image.format == "PNG"
    assert 280 <= image.width <= 430
    opened = sim.post("scan", text="t=42")
    assert (opened["page"], opened["query"]) == ("pages/tickets/show", {"scene": "t=42"})
    assert sim.post("scan", text=sim.get("links")[0]["text"]) == opened


def test_colour_and_transparency(api: Api) -> None:
    body = {"scene": "a", "line_color": {"r": "10", "g": "120", "b": "60"}, "is_hyaline": True}
    with api.raw("POST", CODE, body) as answer:
        image = Image.open(io.BytesIO(answer.content)).convert("RGBA")
    raw = image.tobytes()
    colours = {raw[at : at + 4] for at in range(0, len(raw), 4)}
    assert bytes((10, 120, 60, 255)) in colours
    assert any(colour[3] == 0 for colour in colours)


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"scene": ""}, 40129),
        ({"scene": "x" * 33}, 40129),
        ({"scene": "中文"}, 40129),
        ({"scene": "a%20b"}, 40129),
        ({"scene": None}, 40129),
        ({"page": "pages/nowhere"}, 41030),
        ({"page": "/pages/index/index"}, 41030),
        ({"page": "pages/index/index?a=1"}, 41030),
        ({"width": 279}, 40097),
        ({"width": 1281}, 40097),
        ({"width": "430"}, 40097),
        ({"env_version": "beta"}, 40097),
        ({"line_color": {"r": 1}}, 40097),
    ],
)
def test_faulty_code(api: Api, change: dict[str, Any], errcode: int) -> None:
    assert api.code("POST", CODE, {"scene": "a", "page": "pages/index/index", **change}) == errcode


def test_unknown_page_passes_when_not_checked(api: Api) -> None:
    with api.raw("POST", CODE, {"scene": "a", "page": "pages/future", "check_path": False}) as answer:
        assert answer.headers["Content-Type"] == "image/png"


def test_code_for_a_path(api: Api) -> None:
    with api.raw("POST", PATH_CODE, {"path": "pages/index/index?a=1"}) as answer:
        assert answer.content.startswith(b"\x89PNG")
    assert api.code("POST", PATH_CODE, {"path": "pages/nowhere"}) == 40165
    assert api.code("POST", PATH_CODE, {}) == 40097


def test_url_link_is_made_looked_up_opened_and_ends(api: Api, sim: Control) -> None:
    body = {"path": "pages/tickets/show", "query": "id=42", "expire_type": 1, "expire_interval": 2}
    link = api.call("POST", "/wxa/generate_urllink", body)["url_link"]
    assert link.startswith("https://wxaurl.cn/")
    info = api.call("POST", "/wxa/query_urllink", {"url_link": link})["url_link_info"]
    assert (info["path"], info["query"]) == ("pages/tickets/show", "id=42")
    assert sim.post("scan", text=link)["query"] == {"id": "42"}
    sim.advance(2 * 86400 + 1)
    with pytest.raises(ControlError, match="expired"):
        sim.post("scan", text=link)


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"path": "pages/nowhere"}, 40165),
        ({"query": "名=值"}, 40212),
        ({"query": "x" * 1025}, 40212),
        ({"env_version": "beta"}, 40097),
        ({"expire_type": 2}, 40097),
        ({"expire_type": 1, "expire_interval": 31}, 85401),
        ({"expire_type": 1}, 85401),
        ({"expire_type": 0, "expire_time": 1}, 85401),
    ],
)
def test_faulty_url_link(api: Api, change: dict[str, Any], errcode: int) -> None:
    assert api.code("POST", "/wxa/generate_urllink", {"path": "pages/index/index", **change}) == errcode


def test_scheme_and_short_link(api: Api, sim: Control) -> None:
    body = {"jump_wxa": {"path": "pages/index/index", "query": "a=1"}, "is_expire": True}
    scheme = api.call("POST", "/wxa/generatescheme", body)["openlink"]
    assert api.call("POST", "/wxa/queryscheme", {"scheme": scheme})["scheme_info"]["query"] == "a=1"
    assert api.code("POST", "/wxa/queryscheme", {"scheme": "weixin://dl/business/?t=none"}) == 40097
    assert api.code("POST", "/wxa/generatescheme", {"jump_wxa": "x"}) == 40165
    short = api.call("POST", "/wxa/genwxashortlink", {"page_url": "pages/me/index?a=1", "page_title": "我"})["link"]
    assert short.startswith("#小程序://我/")
    assert sim.post("scan", text=short)["query"] == {"a": "1"}
    assert api.code("POST", "/wxa/genwxashortlink", {"page_url": "pages/nowhere"}) == 40066


def test_scanning_what_was_never_issued(sim: Control) -> None:
    with pytest.raises(ControlError, match="40066"):
        sim.post("scan", text="https://wxaurl.cn/none")
