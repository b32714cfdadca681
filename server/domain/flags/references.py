"""What a document builds on: a flag's prerequisites, and the segments that its rules or raw logic name."""

from __future__ import annotations

from server.domain.flags.documents import parse_flag, parse_segment
from server.domain.flags.documents.whole import references, segments_of
from server.domain.flags.models import Subject
from server.domain.flags.objects import Document


def of(subject: Subject, document: Document) -> set[tuple[Subject, str]]:
    """The flags and segments that must be there for this document to mean what it says."""
    if subject is Subject.SEGMENT:
        return {(Subject.SEGMENT, key) for key in references(parse_segment(document).logic or {})}
    flag = parse_flag(document)
    named = {(Subject.SEGMENT, key) for key in segments_of(flag)}
    return named | {(Subject.FLAG, each.flag) for each in flag.prerequisites}
