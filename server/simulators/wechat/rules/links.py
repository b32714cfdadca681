"""Mini-program codes, links and schemes that were issued, and what scanning one opens."""

import io
import random
import re
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import segno

from server.simulators.wechat.clock import Clock
from server.simulators.wechat.errors import WxError

SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
QUERY = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~%]{0,1024}")
MAX_SECONDS = 30 * 86400


@dataclass(frozen=True, slots=True)
class Link:
    """One issued way in; ``expires_at`` None is forever."""

    text: str
    kind: str
    path: str
    query: str
    env_version: str
    created_at: int
    expires_at: int | None


class Links:
    """The book of issued links."""

    def __init__(self, appid: str, clock: Clock, rng: random.Random) -> None:
        self._appid = appid
        self._clock = clock
        self._rng = rng
        self._issued: dict[str, Link] = {}

    def code(self, path: str, scene: str, env_version: str) -> str:
        """The text inside a mini-program code. The real code is no QR; this one is, so that any reader works."""
        text = f"https://servicewechat.com/{self._appid}/code?" + urlencode({"page": path, "scene": scene})
        return self._keep(text, "code", path, f"scene={scene}" if scene else "", env_version, None).text

    def url_link(self, path: str, query: str, env_version: str, expires_at: int | None) -> str:
        """For SMS and e-mail."""
        return self._keep(f"https://wxaurl.cn/{self._word(11)}", "url_link", path, query, env_version, expires_at).text

    def scheme(self, path: str, query: str, env_version: str, expires_at: int | None) -> str:
        """For other apps on the phone."""
        text = f"weixin://dl/business/?t={self._word(11)}"
        return self._keep(text, "scheme", path, query, env_version, expires_at).text

    def short(self, page_url: str, title: str, *, permanent: bool) -> str:
        """For use inside WeChat; thirty days unless permanent."""
        parts = urlsplit(page_url)
        expires_at = None if permanent else self._clock.stamp() + MAX_SECONDS
        label = title if len(title) <= 20 else title[:20] + "..."
        text = f"#小程序://{label}/{self._word(15)}"
        return self._keep(text, "short", parts.path, parts.query, "release", expires_at).text

    def find(self, text: str, kind: str | None = None) -> Link | None:
        """What was issued under that text."""
        link = self._issued.get(text)
        return link if link and kind in {None, link.kind} else None

    def scan(self, text: str) -> dict[str, Any]:
        """What the mini program would be opened with; 40066 when nothing was issued, 85401 when it ended."""
        link = self.find(text.strip()) or self._of_scene(text.strip())
        if link is None:
            raise WxError(40066)
        if link.expires_at is not None and link.expires_at <= self._clock.now():
            raise WxError(85401, "link expired")
        query = {key: values[0] for key, values in parse_qs(link.query, keep_blank_values=True).items()}
        return {"page": link.path, "query": query, "scene": query.get("scene", ""), "kind": link.kind}

    def all(self) -> list[dict[str, Any]]:
        """Everything issued, oldest first."""
        return [asdict(link) for link in self._issued.values()]

    def _of_scene(self, scene: str) -> Link | None:
        wanted = f"scene={scene}"
        return next((link for link in self._issued.values() if link.kind == "code" and link.query == wanted), None)

    def _keep(self, text: str, kind: str, path: str, query: str, env: str, expires_at: int | None) -> Link:
        link = self._issued[text] = Link(text, kind, path, query, env, self._clock.stamp(), expires_at)
        return link

    def _word(self, length: int) -> str:
        letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"
        return "".join(self._rng.choices(letters, k=length))


def png(text: str, width: int, line_colour: str = "#000000", *, transparent: bool = False) -> bytes:
    """A QR code as PNG, about ``width`` pixels wide and never wider."""
    code = segno.make_qr(text, error="m")
    scale = max(1, width // code.symbol_size(border=4)[0])
    out = io.BytesIO()
    code.save(out, kind="png", scale=scale, border=4, dark=line_colour, light=None if transparent else "#ffffff")
    return out.getvalue()
