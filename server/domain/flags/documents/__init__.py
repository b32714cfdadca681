"""What an officer authors: flags and segments as documents, to and from flagd's JSON, compared, merged, grown.

Pure: no database, no clock. Everything else of the room stores and serves what is made here.
"""

from server.domain.flags.documents.compiling import to_flagd
from server.domain.flags.documents.differences import Difference, differences, segment_in_words
from server.domain.flags.documents.growing import NoShare, grow
from server.domain.flags.documents.importing import BadImport, from_flagd
from server.domain.flags.documents.merging import Merged, merge
from server.domain.flags.documents.model import Condition, Flag, Prerequisite, Rule, Segment, Serve
from server.domain.flags.documents.parsing import BadFlag, BadSegment, parse_flag, parse_segment
from server.domain.flags.documents.plain import digest, plain
from server.domain.flags.documents.settling import Conflict
from server.domain.flags.documents.vocabulary import (
    KNOWN as KNOWN_ATTRIBUTES,
)
from server.domain.flags.documents.vocabulary import (
    WHOLE_SHARE,
    Kind,
    Op,
    Sort,
    asks_for_missing,
    ops_for,
    sort_of,
    values_wanted,
)
from server.domain.flags.documents.whole import BadSet, attributes_of, check_whole, segments_of
from server.domain.flags.documents.wording import (
    condition_in_words,
    percent,
    prerequisite_in_words,
    serve_in_words,
    value_in_words,
    when_in_words,
)

__all__ = [
    "KNOWN_ATTRIBUTES",
    "WHOLE_SHARE",
    "BadFlag",
    "BadImport",
    "BadSegment",
    "BadSet",
    "Condition",
    "Conflict",
    "Difference",
    "Flag",
    "Kind",
    "Merged",
    "NoShare",
    "Op",
    "Prerequisite",
    "Rule",
    "Segment",
    "Serve",
    "Sort",
    "asks_for_missing",
    "attributes_of",
    "check_whole",
    "condition_in_words",
    "differences",
    "digest",
    "from_flagd",
    "grow",
    "merge",
    "ops_for",
    "parse_flag",
    "parse_segment",
    "percent",
    "plain",
    "prerequisite_in_words",
    "segment_in_words",
    "segments_of",
    "serve_in_words",
    "sort_of",
    "to_flagd",
    "value_in_words",
    "values_wanted",
    "when_in_words",
]
