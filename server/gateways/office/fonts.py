"""Which fonts the machine has for papers, and whether they have every character of a text.

The PDF embeds what it uses, so a paper looks the same everywhere; a character that no font has would come out as an empty
box and is refused instead.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache

import typst
from fontTools.ttLib import TTFont

from server.core.errors import Invalid, Unavailable

SERIF = (
    "Noto Serif CJK SC",
    "Noto Serif SC",
    "Source Han Serif SC",
    "Source Han Serif CN",
    "FangSong",
    "SimSun",
)
SANS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "SimHei",
    "Microsoft YaHei",
)
_IGNORED = (
    ("\u00ad", "\u00ad"),
    ("\u034f", "\u034f"),
    ("\u180b", "\u180f"),
    ("\u200b", "\u200f"),
    ("\u202a", "\u202e"),
    ("\u2060", "\u206f"),
    ("\ufe00", "\ufe0f"),
    ("\ufeff", "\ufeff"),
    ("\U000e0000", "\U000e0fff"),
)
"""Unicode's default-ignorable characters, those that occur."""
NAMED = 12
"""How many missing characters a message names."""


class FontsMissing(Unavailable):
    """The machine has no Chinese font: nothing can be set."""

    code = "fonts_missing"
    message = "服务器没有安装中文字体，无法生成 PDF。请管理员安装 Noto CJK 字体（软件包 fonts-noto-cjk）后重试。"


class GlyphsMissing(Invalid):
    """A text has characters that no installed font can show; ``characters`` in the details has their codes."""

    code = "glyphs_missing"
    message = "文书中有服务器字体无法显示的字符。"

    def __init__(self, characters: set[str]) -> None:
        codes = {sign: f"U+{ord(sign):04X}" for sign in sorted(characters)}
        told = "、".join(
            f"“{sign}”（{code}）" if sign.isprintable() else code for sign, code in [*codes.items()][:NAMED]
        )
        more = f"等 {len(characters)} 个字符" if len(characters) > NAMED else ""
        super().__init__(f"文书中有服务器字体无法显示的字符：{told}{more}。请修改内容或安装包含这些字符的字体。")
        self.details["characters"] = [*codes.values()]


def missing() -> str | None:
    """What is wrong with the machine's fonts, as a sentence for its operator; None if papers can be set."""
    return None if _first(SERIF) and _first(SANS) else FontsMissing.message


def families() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The installed families for body and for headings, best first; FontsMissing when there is none."""
    serif, sans = _first(SERIF), _first(SANS)
    if not serif or not sans:
        raise FontsMissing
    return (serif, sans), (sans, serif)


def sans_file() -> tuple[str, int] | None:
    """The file and number of the font for headings, for those who draw pictures; None when there is none."""
    name = _first(SANS)
    return next(((font.path, font.index) for font in _files() if font.family == name and font.path), None)


def uncovered(text: str) -> set[str]:
    """The characters that no installed font has. What has no shape of its own (spaces, joiners) is never among them."""
    left = {sign for sign in text if not _shapeless(sign)}
    for covered in _coverage():
        if not left:
            break
        left = {sign for sign in left if ord(sign) not in covered}
    return left


def check(text: str) -> None:
    """GlyphsMissing if a text has characters that would come out as empty boxes."""
    if lacking := uncovered(text):
        raise GlyphsMissing(lacking)


def _first(names: tuple[str, ...]) -> str | None:
    known = {font.family for font in _files()}
    found = next((name for name in names if name in known), None)
    if found is None:
        # fonts may be installed while we run, so a bad answer is not kept
        _files.cache_clear()
    return found


def _coverage() -> Iterator[frozenset[int]]:
    """The characters of each font file, those of the papers' own fonts first; each is read when it is asked for."""
    own = {_first(SERIF), _first(SANS)}
    files = sorted({(font.family not in own, font.path, font.index) for font in _files() if font.path})
    for _, path, index in files:
        yield _characters(path, index)


@cache
def _files() -> tuple[typst.FontInfo, ...]:
    return tuple(typst.Fonts().fonts())


@cache
def _characters(path: str, index: int) -> frozenset[int]:
    with TTFont(path, fontNumber=index, lazy=True) as font:
        return frozenset(font.getBestCmap() or ())


def _shapeless(sign: str) -> bool:
    """Spaces, line breaks, joiners and selectors: no font needs a shape for them."""
    return unicodedata.category(sign) in ("Zs", "Zl", "Zp", "Cc") or any(
        first <= sign <= last for first, last in _IGNORED
    )
