"""Words as pairs of neighbouring characters: pure. Chinese has no spaces, so a word of two characters is one pair.

Text is folded character by character (full width to half, capitals to small), so that a place in the folded text leads
back to its place in the words as they were written. A pair is kept as one number, both code points side by side.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

# Code points have 21 bits.
SHIFT = 21
MOST_TERMS = 8
LONGEST_QUERY = 100
# A share of the pairs that a sentence must have in common with an article to count as near it.
NEAR = 0.6
# So many in common are enough, however long the sentence is.
NEAR_ENOUGH = 6


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as it is compared: ``places[i]`` is where character ``i`` came from."""

    text: str
    places: tuple[int, ...]


def folded(text: str) -> Folded:
    """Letters and digits in one form; everything else becomes a space."""
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for each in unicodedata.normalize("NFKC", character).casefold():
            characters.append(each if each.isalnum() else " ")
            places.append(place)
    return Folded("".join(characters), tuple(places))


def terms(query: str) -> list[str]:
    """The words that are looked for: what stands between spaces and signs, each once, the first few of them."""
    return list(dict.fromkeys(folded(query[:LONGEST_QUERY]).text.split()))[:MOST_TERMS]


def grams_of(text: str) -> Counter[int]:
    """How often each pair stands in a text; a character that ends a word pairs with nothing (0)."""
    return Counter(pair for run in folded(text).text.split() for pair in _pairs(run))


def asked(term: str) -> list[int]:
    """The pairs that a term of two characters or more must have."""
    return list(dict.fromkeys(_joined(a, b) for a, b in pairwise(term)))


def starting_with(character: str) -> tuple[int, int]:
    """First and last number of the pairs that begin with a character: how a single one is looked for."""
    first = ord(character) << SHIFT
    return first, first + (1 << SHIFT) - 1


def marked(text: str, words: list[str]) -> list[tuple[str, bool]]:
    """A text in pieces, each with whether it is one of the words: for highlights without any mark-up."""
    flat = folded(text)
    hit = [False] * len(text)
    for word in words:
        for start in _places_of(flat.text, word):
            for place in flat.places[start : start + len(word)]:
                hit[place] = True
    pieces: list[tuple[str, bool]] = []
    for place, character in enumerate(text):
        if pieces and pieces[-1][1] is hit[place]:
            pieces[-1] = (pieces[-1][0] + character, hit[place])
        else:
            pieces.append((character, hit[place]))
    return pieces


def excerpt(text: str, words: list[str], *, length: int = 80) -> str:
    """A piece of a text around the first of the words, or its beginning."""
    flat = folded(text)
    found = [flat.places[at] for word in words if (at := flat.text.find(word)) >= 0]
    start = max(0, min(found) - length // 4) if found else 0
    piece = text[start : start + length]
    return f"{'…' if start else ''}{piece}{'…' if start + length < len(text) else ''}"


def _pairs(run: str) -> Iterator[int]:
    for place, character in enumerate(run):
        yield _joined(character, run[place + 1]) if place + 1 < len(run) else ord(character) << SHIFT


def _joined(first: str, second: str) -> int:
    return (ord(first) << SHIFT) | ord(second)


def _places_of(text: str, word: str) -> Iterator[int]:
    start = text.find(word)
    while start >= 0:
        yield start
        start = text.find(word, start + 1)
