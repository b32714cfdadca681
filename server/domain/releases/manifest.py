"""The signed manifest: what a version is, in the words of those who built it. Pure: bytes in, a value out, faults by field.

docs/releases.md holds the format. The bytes are signed exactly as they are sent.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from server.core import versions

FORMAT = "shijian-manifest/1"
# What goes before the manifest under the signature, so that no other signed text can pass for one.
CONTEXT = b"shijian-manifest-v1\n"
MOST_BYTES = 64 * 1024
DEEPEST = 6
CHANGELOG = 4000
MOST_ITEMS = 100
MOST_PARTS = 200
ROBOTS = range(1, 31)
BIGGEST = 2**31 - 1
_UNWANTED = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_APPID = re.compile(r"wx[0-9a-f]{16}")
_FLAG = re.compile(r"[A-Za-z0-9._-]{1,100}")
_TICKET = re.compile(r"[A-Z]{2}-\d{4}-\d{1,10}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)")

Faults = dict[str, list[str]]


class Unreadable(Exception):
    """The manifest does not do; ``faults`` are Chinese sentences by field, ``manifest`` for the whole."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        super().__init__(str(faults))


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMapNote:
    """The source map that belongs to the version: its SHA-256 in hex and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A manifest whose every field is well formed. ``content_sha256`` leaves out when it was built and signed."""

    text: str
    content_sha256: str
    appid: str
    contract: str
    version: str
    git_sha: str
    robot: int
    built_at: datetime
    signed_at: datetime
    sizes: Mapping[str, int]
    source_map: SourceMapNote | None
    changelog: str
    introduced: tuple[str, ...]
    retired: tuple[str, ...]
    privacy_version: int | None
    tickets: tuple[str, ...]


def parse(raw: bytes) -> Manifest:
    """The manifest that the bytes spell; Unreadable with every fault."""
    given = _object(raw)
    reader = _Reader(given)
    introduced, retired = reader.flags("flags")
    content = {name: value for name, value in given.items() if name not in ("built_at", "signed_at")}
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    reader.format("format")
    found = Manifest(
        text=raw.decode(),
        content_sha256=hashlib.sha256(canonical.encode("utf-8", "replace")).hexdigest(),
        appid=reader.text("appid", _APPID, "应为 wx 开头的小程序 appid。"),
        contract=reader.line("contract", 40),
        version=reader.version("version"),
        git_sha=reader.text("git_sha", _SHA, "应为完整的 git 提交号（40 或 64 位十六进制）。"),
        robot=reader.whole("robot", ROBOTS.start, ROBOTS.stop - 1),
        built_at=reader.moment("built_at"),
        signed_at=reader.moment("signed_at"),
        sizes=reader.sizes("sizes"),
        source_map=reader.source_map("source_map"),
        changelog=reader.changelog("changelog"),
        introduced=introduced,
        retired=retired,
        privacy_version=reader.number_or_null("privacy_version"),
        tickets=reader.listed("tickets", reader.take("tickets"), _TICKET, "应为工单编号，例如 FW-2026-0042。"),
    )
    reader.close()
    return found


def tickets_named(raw: bytes) -> list[str]:
    """The ticket numbers that a manifest names, for the face that looks them up; none if it cannot be read."""
    try:
        named = _object(raw).get("tickets")
    except Unreadable:
        return []
    if not isinstance(named, list) or len(named) > MOST_ITEMS:
        return []
    return [each for each in named if isinstance(each, str) and _TICKET.fullmatch(each)]


def _object(raw: bytes) -> dict[str, Any]:
    if len(raw) > MOST_BYTES:
        raise Unreadable({"manifest": [f"清单不能超过 {MOST_BYTES // 1024} KB。"]})
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable({"manifest": ["清单不是有效的 UTF-8 文本。"]}) from None
    if _depth(text) > DEEPEST:
        raise Unreadable({"manifest": ["清单的层次过深。"]})
    try:
        given = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Unreadable({"manifest": ["清单不是有效的 JSON，或有重复的字段。"]}) from None
    if not isinstance(given, dict):
        raise Unreadable({"manifest": ["清单应为一个 JSON 对象。"]})
    return given


def _depth(text: str) -> int:
    """How deep brackets nest, those inside of strings counted as well: too many are refused either way."""
    deepest = depth = 0
    for letter in text:
        if letter in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif letter in "]}":
            depth -= 1
    return deepest


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name that comes twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)


class _Reader:
    """Reads fields one by one and gathers what is wrong with them."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given = given
        self.faults: Faults = {}
        self.known: set[str] = set()

    def close(self) -> None:
        """Unreadable if anything was wrong, or anything is left over."""
        for name in self.given:
            if name not in self.known:
                self.wrong(_shown(name), "没有这个字段。")
        if self.faults:
            raise Unreadable(self.faults)

    def wrong(self, name: str, sentence: str) -> None:
        self.faults.setdefault(name, []).append(sentence)

    def take(self, name: str) -> Any:
        self.known.add(name)
        if name not in self.given:
            self.wrong(name, "缺少此项。")
        return self.given.get(name)

    def format(self, name: str) -> None:
        if self.take(name) != FORMAT and name not in self.faults:
            self.wrong(name, f"应为 {FORMAT}。")

    def text(self, name: str, pattern: re.Pattern[str], sentence: str) -> str:
        value = self.take(name)
        if name in self.faults:
            return ""
        if not isinstance(value, str) or not pattern.fullmatch(value):
            self.wrong(name, sentence)
            return ""
        return value

    def line(self, name: str, longest: int) -> str:
        value = self.take(name)
        if name not in self.faults and not (
            isinstance(value, str) and 0 < len(value) <= longest and not _UNWANTED.search(value) and "\n" not in value
        ):
            self.wrong(name, f"应为 1 至 {longest} 个字的一行文字。")
        return str(value)

    def version(self, name: str) -> str:
        value = self.take(name)
        if name not in self.faults and (not isinstance(value, str) or versions.parse(value) is None):
            self.wrong(name, "应为语义化版本号，例如 1.4.2 或 1.4.2-rc.1。")
        return str(value)

    def whole(self, name: str, least: int, most: int) -> int:
        value = self.take(name)
        if name in self.faults:
            return least
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.wrong(name, f"应为 {least} 至 {most} 的整数。")
            return least
        return value

    def number_or_null(self, name: str) -> int | None:
        if name in self.given and self.given[name] is None:
            self.known.add(name)
            return None
        return self.whole(name, 1, BIGGEST)

    def moment(self, name: str) -> datetime:
        value = self.take(name)
        if isinstance(value, str) and _MOMENT.fullmatch(value):
            try:
                return datetime.fromisoformat(value)
            except ValueError:
                pass
        if name not in self.faults:
            self.wrong(name, "应为带时区的时间，例如 2026-11-20T09:30:00+08:00。")
        return datetime.min.replace(tzinfo=UTC)

    def sizes(self, name: str) -> dict[str, int]:
        value = self.take(name)
        if name in self.faults:
            return {}
        good = isinstance(value, dict) and 0 < len(value) <= MOST_PARTS
        if not good or not all(_is_size(size) and _is_line(part) for part, size in value.items()):
            self.wrong(name, "应为各分包的名称和字节数，至少一项。")
            return {}
        return dict(value)

    def source_map(self, name: str) -> SourceMapNote | None:
        value = self.take(name)
        if value is None or name in self.faults:
            return None
        good = isinstance(value, dict) and set(value) == {"sha256", "size"}
        if not good or not isinstance(value["sha256"], str) or not _SHA256.fullmatch(value["sha256"]):
            self.wrong(name, "应为 null，或包含 sha256（64 位十六进制）和 size。")
        elif not _is_size(value["size"]) or value["size"] == 0:
            self.wrong(name, "size 应为源码映射的字节数。")
        else:
            return SourceMapNote(sha256=value["sha256"], size=value["size"])
        return None

    def changelog(self, name: str) -> str:
        value = self.take(name)
        if name in self.faults:
            return ""
        if not isinstance(value, str) or not value.strip() or len(value) > CHANGELOG:
            self.wrong(name, f"请填写更新说明，不超过 {CHANGELOG} 个字。")
        elif _UNWANTED.search(value):
            self.wrong(name, "更新说明含有控制字符。")
        elif not _CHINESE.search(value):
            self.wrong(name, "更新说明应使用中文。")
        else:
            return value.strip()
        return ""

    def listed(self, name: str, value: Any, pattern: re.Pattern[str], sentence: str) -> tuple[str, ...]:
        if name in self.faults:
            return ()
        if not isinstance(value, list) or len(value) > MOST_ITEMS:
            self.wrong(name, f"应为列表，最多 {MOST_ITEMS} 项。")
            return ()
        if not all(isinstance(each, str) and pattern.fullmatch(each) for each in value):
            self.wrong(name, sentence)
            return ()
        if len(set(value)) != len(value):
            self.wrong(name, "有重复的项。")
        return tuple(value)

    def flags(self, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        value = self.take(name)
        if name not in self.faults and not (isinstance(value, dict) and set(value) == {"introduced", "retired"}):
            self.wrong(name, "应包含 introduced 和 retired 两个列表。")
        if name in self.faults:
            return (), ()
        introduced, retired = (
            self.listed(f"{name}.{role}", value[role], _FLAG, "应为功能开关的标识。")
            for role in ("introduced", "retired")
        )
        if set(introduced) & set(retired):
            self.wrong(name, "同一个开关不能既引入又移除。")
        return introduced, retired


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= BIGGEST


def _is_line(value: str) -> bool:
    return 0 < len(value) <= 100 and not _UNWANTED.search(value)  # noqa: PLR2004 - the longest path of a subpackage


def _shown(name: str) -> str:
    """A stranger's field name as an answer may repeat it."""
    return name if re.fullmatch(r"[A-Za-z_]{1,40}", name) else "_"
