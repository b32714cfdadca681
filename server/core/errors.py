"""The one tree of expected errors; each speaks Chinese to people and a stable code to programs.

    ShijianError
    ├── NotFound      what was asked for is not there, or not for this person
    ├── Conflict      the state of things forbids it now
    ├── Forbidden     the person may not
    │   └── Unauthenticated   nobody knows who the person is
    ├── Invalid       the data are wrong; ``fields`` says which and why
    ├── TooMany       too often; ``retry_after`` says when again
    └── Unavailable   something that we need is away; ``retry_after`` says when to come back

Concrete errors live beside the rule that they guard and are subclasses of these. Nothing below the faces knows a
status number; the faces translate kinds into numbers in one place each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

FieldErrors = Mapping[str, Sequence[str]]


class ShijianError(Exception):
    """An expected refusal.

    ``code`` is stable and lower_snake; ``message`` is a Chinese sentence for the person. ``keeps`` marks a refusal
    whose trace must survive (a failed sign-in, a refused manifest): the unit of work commits although it refuses.
    """

    code: ClassVar[str] = "error"
    message: ClassVar[str] = "操作未能完成。"
    keeps: ClassVar[bool] = False

    def __init__(self, message: str | None = None, **details: Any) -> None:
        self.text = message or self.message
        self.details = details
        super().__init__(self.text)


class NotFound(ShijianError):
    """What was asked for is not there, or is not for this person (both look the same from outside)."""

    code = "not_found"
    message = "没有找到您要的内容。"


class Conflict(ShijianError):
    """The state of things forbids it now; a later or another try may do."""

    code = "conflict"
    message = "当前状态不允许这样操作。"


class Forbidden(ShijianError):
    """The person is known and may not."""

    code = "forbidden"
    message = "您没有权限进行此操作。"


class Unauthenticated(Forbidden):
    """Nobody knows who the person is, or no longer."""

    code = "unauthenticated"
    message = "请先登录。"


class Invalid(ShijianError):
    """The data are wrong. ``fields`` maps a field's name to Chinese sentences."""

    code = "invalid"
    message = "提交的内容有误，请检查后重试。"

    def __init__(self, message: str | None = None, *, fields: FieldErrors | None = None, **details: Any) -> None:
        super().__init__(message, **details)
        self.fields: FieldErrors = fields or {}


class TooMany(ShijianError):
    """Too often. ``retry_after`` is in seconds."""

    code = "too_many"
    message = "操作过于频繁，请稍后再试。"

    def __init__(self, message: str | None = None, *, retry_after: int = 60, **details: Any) -> None:
        super().__init__(message, **details)
        self.retry_after = retry_after


class Unavailable(ShijianError):
    """Something that we need is away for the moment. ``retry_after`` is in seconds."""

    code = "unavailable"
    message = "服务暂时不可用，请稍后再试。"

    def __init__(self, message: str | None = None, *, retry_after: int = 5, **details: Any) -> None:
        super().__init__(message, **details)
        self.retry_after = retry_after
