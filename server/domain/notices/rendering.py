"""Markdown to safe HTML, and to a plain line: what a bureau's announcement needs and nothing that runs."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element

import markdown
import nh3
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor

TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "strong", "em", "del", "ul", "ol", "li", "blockquote", "code", "pre"),
    *("a", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}}
SUMMARY = 100
# [text](address "title"), and the same with ! before it, which is a picture.
LINK = r"(!?)\[([^\[\]\n]{0,200})\]\(\s*<?((?:[^\s()<>]|\([^\s()<>]*\)){1,500})>?(?:\s+\"([^\"\n]{0,200})\")?\s*\)"


class _Link(InlineProcessor):
    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Any, int, int]:  # type: ignore[override]  # noqa: N802, ARG002 - the library's
        picture, words, address, title = m.groups()
        if picture:
            return "", m.start(0), m.end(0)
        link = Element("a", {"href": address} | ({"title": title} if title else {}))
        link.text = words
        return link, m.start(0), m.end(0)


class _Bounded(Extension):
    """Links by one pattern and no blocks of HTML: the library's own ways take minutes over a text of 20 000 brackets."""

    def extendMarkdown(self, md: markdown.Markdown) -> None:  # noqa: N802 - the library's name
        md.preprocessors.deregister("html_block")
        md.parser.blockprocessors.deregister("reference")
        patterns = ("reference", "link", "image_link", "image_reference", "short_reference", "short_image_ref")
        for name in patterns:
            md.inlinePatterns.deregister(name)
        md.inlinePatterns.register(_Link(LINK, md), "link", 160)


@lru_cache(maxsize=64)
def rendered(body: str) -> str:
    """HTML of a Markdown text, cleaned by an allow-list: no images, scripts, styles, ids or foreign schemes."""
    html = markdown.markdown(body, extensions=["tables", "sane_lists", "nl2br", _Bounded()], output_format="html")
    html = re.sub(r"<(/?)h1>", r"<\1h2>", html)
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"https", "tel", "mailto"},
        link_rel="noopener noreferrer",
        strip_comments=True,
    )


def summary_of(body: str, length: int = SUMMARY) -> str:
    """The first words of a text without its mark-up."""
    plain = nh3.clean(rendered(body), tags=set())
    plain = re.sub(r"\s+", " ", _entities(plain)).strip()
    return plain if len(plain) <= length else plain[: length - 1] + "…"


def _entities(text: str) -> str:
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(entity, character)
    return text
