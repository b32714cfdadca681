"""The content check: verdicts on words and pictures by rules that a test can read and change."""

import hashlib
import io
from dataclasses import dataclass
from typing import Any, Literal

from PIL import Image, UnidentifiedImageError

Suggest = Literal["pass", "review", "risky"]
Colour = tuple[int, int, int]

MAX_MEDIA_BYTES = 10 * 1024 * 1024
FORMATS = frozenset({"JPEG", "PNG", "BMP", "GIF"})
NEARNESS = 48


@dataclass(frozen=True, slots=True)
class Verdict:
    """``label`` as in wechat.md §1.5; 100 is normal."""

    suggest: Suggest = "pass"
    label: int = 100
    keyword: str = ""

    def result(self) -> dict[str, Any]:
        """The ``result`` object of both checks."""
        return {"suggest": self.suggest, "label": self.label}

    def detail(self) -> list[dict[str, Any]]:
        """Which strategies said so; the keyword list names its word."""
        model = {"strategy": "content_model", "errcode": 0, **self.result(), "prob": 90}
        if not self.keyword:
            return [model]
        named = {"strategy": "keyword", "errcode": 0, **self.result(), "level": 90, "keyword": self.keyword}
        return [model, named]


@dataclass(frozen=True, slots=True)
class Rule:
    """One verdict and what calls for it.

    ``contains``: words in the text, or bytes in the picture. ``colour``: the average of the
    picture's top left corner, near to this RGB; it survives re-encoding, which a byte marker
    does not. ``sha256``: this very file.
    """

    verdict: Verdict
    contains: str = ""
    colour: Colour | None = None
    sha256: str = ""


TEXT_RULES = (
    Rule(Verdict("risky", 20006, "违法测试词"), contains="违法测试词"),
    Rule(Verdict("risky", 20003, "辱骂测试词"), contains="辱骂测试词"),
    Rule(Verdict("risky", 10001, "广告测试词"), contains="广告测试词"),
    Rule(Verdict("review", 21000, "复核测试词"), contains="复核测试词"),
)
MEDIA_RULES = (
    Rule(Verdict("risky", 20002), contains="SIM-RISKY"),
    Rule(Verdict("review", 21000), contains="SIM-REVIEW"),
    Rule(Verdict("risky", 20002), colour=(255, 0, 0)),
    Rule(Verdict("review", 21000), colour=(255, 255, 0)),
)


class Content:
    """Both rule lists; the first rule that fits decides, none means pass."""

    def __init__(self) -> None:
        self.text_rules: list[Rule] = list(TEXT_RULES)
        self.media_rules: list[Rule] = list(MEDIA_RULES)

    def judge_text(self, *texts: str) -> Verdict:
        """On all parts of a publication together."""
        whole = "\n".join(texts)
        return next((rule.verdict for rule in self.text_rules if rule.contains and rule.contains in whole), Verdict())

    def judge_media(self, data: bytes) -> Verdict:
        """On a picture (or a sound, for which only byte rules speak)."""
        digest = hashlib.sha256(data).hexdigest()
        corner = _corner(data)
        for rule in self.media_rules:
            if rule.contains and rule.contains.encode() in data:
                return rule.verdict
            if rule.sha256 and rule.sha256 == digest:
                return rule.verdict
            if rule.colour and corner and _near(rule.colour, corner):
                return rule.verdict
        return Verdict()


def rule_of(values: dict[str, Any]) -> Rule:
    """A rule from the control API's form; ValueError when it can never fit or says nothing known."""
    verdict = Verdict(values["suggest"], int(values.get("label", 21000)), str(values.get("keyword", "")))
    if verdict.suggest not in {"pass", "review", "risky"}:
        raise ValueError("suggest must be pass, review or risky")
    colour = values.get("colour")
    rule = Rule(
        verdict,
        contains=str(values.get("contains", "")),
        colour=(int(colour[0]), int(colour[1]), int(colour[2])) if colour else None,
        sha256=str(values.get("sha256", "")),
    )
    if not (rule.contains or rule.colour or rule.sha256):
        raise ValueError("a rule needs contains, colour or sha256")
    return rule


def format_of(data: bytes) -> str | None:
    """PNG, JPEG, …; None for what is no picture that WeChat reads."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.format if image.format in FORMATS else None
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
        return None


def _corner(data: bytes) -> Colour | None:
    try:
        with Image.open(io.BytesIO(data)) as image:
            pixel = image.convert("RGB").crop((0, 0, min(8, image.width), min(8, image.height))).resize((1, 1))
            red, green, blue = pixel.tobytes()
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return None
    return red, green, blue


def _near(wanted: Colour, seen: Colour) -> bool:
    return all(abs(a - b) <= NEARNESS for a, b in zip(wanted, seen, strict=True))
