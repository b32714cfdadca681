"""A question with two answers that must be given: a checkbox cannot tell no from nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields

ANSWERS = {"true": True, "false": False}


class YesNo(fields.Field[bool]):
    """Two buttons; ``yes`` and ``no`` are their words. Neither is chosen before the reader chooses."""

    default_error_messages = {"required": "请选择。", "invalid": "请选择。"}  # noqa: RUF012 - as marshmallow declares it

    def __init__(self, label: str, *, yes: str, no: str, help_text: str = "") -> None:
        told = {"label": label, "help": help_text, "widget": "radio", "choices": [("true", yes), ("false", no)]}
        super().__init__(required=True, metadata=told)

    def _deserialize(
        self,
        value: Any,
        attr: str | None,  # noqa: ARG002 - marshmallow's signature
        data: Mapping[str, Any] | None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> bool:
        if isinstance(value, bool):
            return value
        if value not in ANSWERS:
            raise self.make_error("invalid")
        return ANSWERS[value]
