"""What a flag set answers to whom: flagd documents compiled to closures, pure and without a clock.

- a *document* is flagd's JSON: flags, shared evaluators, metadata;
- a *context* is what is known of the one who asks: ``targetingKey`` and any other attributes;
- a *resolution* is what a flag came to: value, variant, reason, or an error of that flag alone;
- an *outcome* is a resolution with its bytes on the wire.
"""

from server.domain.flags.evaluation.bucketing import bucket
from server.domain.flags.evaluation.flagset import CompiledFlag, FlagSet, Outcome
from server.domain.flags.evaluation.impact import FlagImpact, Impact, Move, Seen, impact
from server.domain.flags.evaluation.reading import BadDocument, compile_set, kind_of
from server.domain.flags.evaluation.resolutions import ErrorCode, Reason, Resolution
from server.domain.flags.evaluation.schema import check
from server.domain.flags.evaluation.trace import Bucketing, Step, Trace

__all__ = [
    "BadDocument",
    "Bucketing",
    "CompiledFlag",
    "ErrorCode",
    "FlagImpact",
    "FlagSet",
    "Impact",
    "Move",
    "Outcome",
    "Reason",
    "Resolution",
    "Seen",
    "Step",
    "Trace",
    "bucket",
    "check",
    "compile_set",
    "impact",
    "kind_of",
]
