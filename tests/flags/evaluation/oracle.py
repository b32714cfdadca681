"""openfeature-flagd-core beside our engine: what each comes to, in one form that can be compared."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from openfeature.contrib.tools.flagd.core import FlagdCore
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import OpenFeatureError

from server.domain.flags.evaluation import Resolution

Answer = tuple[Any, ...]
UNSET = object()


@contextmanager
def quiet() -> Iterator[None]:
    """flagd-core writes a line, often a stack trace, for each value that it cannot use."""
    logger = logging.getLogger("openfeature.contrib")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)


def core_for(document: dict[str, Any]) -> FlagdCore:
    """The oracle with a document; it changes what it is given."""
    core = FlagdCore()
    core.set_flags(copy.deepcopy(document))
    return core


def theirs(core: FlagdCore, key: str, kind: str, context: dict[str, Any]) -> Answer:
    """What flagd-core comes to: (reason, variant, value, its type) or (ERROR, code). Any exception is an error of that flag."""
    attributes = {name: value for name, value in context.items() if name != "targetingKey"}
    asked = EvaluationContext(context.get("targetingKey"), attributes)
    try:
        details = getattr(core, f"resolve_{kind}_value")(key, UNSET, asked)
    except OpenFeatureError as error:
        return "ERROR", error.error_code.value
    except Exception:  # noqa: BLE001
        return "ERROR", "GENERAL"
    value = None if details.value is UNSET else details.value
    return details.reason.value, None if value is None else details.variant, value, type(value).__name__


def ours(resolution: Resolution) -> Answer:
    """The same form of what our engine came to."""
    if resolution.error_code is not None:
        return "ERROR", resolution.error_code.value
    value = resolution.value
    return resolution.reason.value, None if value is None else resolution.variant, value, type(value).__name__
