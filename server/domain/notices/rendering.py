"""Markdown to safe HTML, and to a plain line: what a bureau's announcement needs and nothing that runs."""

from __future__ import annotations

import re

import markdown
import nh3

TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "strong", "em", "del", "ul", "ol", "li", "blockquote", "code", "pre"),
    *("a", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}}
SUMMARY = 100


def rendered(body: str) -> str:
    """HTML of a Markdown text, cleaned by an allow-list: no images, scripts, styles, ids or foreign schemes."""
    html = markdown.markdown(body, extensions=["tables", "sane_lists", "nl2br"], output_format="html")
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
