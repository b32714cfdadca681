"""The manual holds together: its pictures, its links and its anchors exist, and nothing lies around unused."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
MANUAL = ROOT / "docs" / "zh"
CHAPTERS = sorted(MANUAL.glob("*.md"))
IMAGES = MANUAL / "images"
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)]+)\)")
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")
LARGEST = 80 * 1024


def anchors_of(text: str) -> set[str]:
    """The anchors that headings get on the usual renderers: lower case, spaces to hyphens, punctuation gone."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_links_lead_somewhere(chapter):
    for target in LINK.findall(chapter.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        path = (chapter.parent / name).resolve() if name else chapter
        assert path.is_file(), f"{chapter.name}: {target}"
        if anchor:
            assert unquote(anchor) in anchors_of(path.read_text(encoding="utf-8")), f"{chapter.name}: {target}"


def test_every_picture_exists_and_is_used():
    named = {
        (chapter.parent / target).resolve()
        for chapter in CHAPTERS
        for words, target in PICTURE.findall(chapter.read_text(encoding="utf-8"))
        if words or pytest.fail(f"{chapter.name}: {target} has no words")
    }
    assert named == {path.resolve() for path in IMAGES.glob("*.png")}


def test_pictures_are_small():
    for path in IMAGES.glob("*.png"):
        assert path.stat().st_size <= LARGEST, path.name
        with Image.open(path) as picture:
            assert picture.mode == "P", f"{path.name}: not a palette"


def test_every_chapter_is_in_the_contents():
    contents = (MANUAL / "README.md").read_text(encoding="utf-8")
    assert all(f"({chapter.name})" in contents for chapter in CHAPTERS if chapter.name != "README.md")
