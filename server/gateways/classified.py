"""The guard at every door that takes a file: what is marked as a state secret is refused before a byte of it is kept.

It looks at the name, at what the document and the picture say of themselves, and at the first pages' text. Nothing of the
content leaves this module, not even into logs: who refuses hears the level and where the mark stands.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

from server.core import secrecy
from server.core.errors import Invalid
from server.gateways import images
from server.gateways.office import extracts


class ClassifiedUpload(Invalid):
    """A file that is marked as a state secret. It was not kept; the trail knows of the try, not of the content."""

    code = "classified_upload"
    message = (
        "文件疑似标有国家秘密标志，未接收、未保存。国家秘密不得通过互联网系统传递，"
        "请改用纸质或涉密渠道交接，并在“保密登记”中只登记名称和编号。"
    )


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was refused: the level that the mark claims, where it stands, how large the file was."""

    level: str
    where: str
    size: int


_refused: ContextVar[list[Refusal] | None] = ContextVar("classified_refused", default=None)


def watch() -> None:
    """Begin to remember refusals of this request, so that its face can write them down when the unit has ended."""
    _refused.set([])


def refusals() -> list[Refusal]:
    """The refusals since ``watch``; they are told once."""
    found, told = _refused.get(), []
    if found:
        told, found[:] = list(found), []
    return told


def refuse(*, name: str, raw: bytes) -> None:
    """ClassifiedUpload if a file bears the mark of a state secret. One that cannot be read is judged by its name."""
    found = mark_of(name=name, raw=raw)
    if found is None:
        return
    held = _refused.get()
    if held is not None:
        held.append(found)
    raise ClassifiedUpload(fields={"upload": [ClassifiedUpload.message]})


def mark_of(*, name: str, raw: bytes) -> Refusal | None:
    """The mark that a file bears, if it bears one."""
    level = secrecy.mark_in_name(name)
    if level:
        return Refusal(level, "文件名", len(raw))
    level = secrecy.mark_in_properties(images.words_of(raw))
    if level:
        return Refusal(level, "图片属性", len(raw))
    for part in extracts.extracts(raw):
        level = (
            secrecy.mark_in_properties(part.properties)
            or secrecy.mark_at_head(part.head)
            or secrecy.mark_in_text(part.text)
        )
        if level:
            return Refusal(level, part.where, len(raw))
    return None
