"""Operations data that WeChat collects itself: script errors, feedback, live logs, gray release."""

from typing import Any


class Operations:
    """Rows as a test puts them in; the calls page and filter them as WeChat does."""

    def __init__(self) -> None:
        self.jserr: list[dict[str, Any]] = []
        self.feedback: list[dict[str, Any]] = []
        self.userlog: list[dict[str, Any]] = []
        self.gray_plan: dict[str, Any] | None = None

    def put(self, values: dict[str, Any]) -> None:
        """Replace the named kinds; ValueError for an unknown one."""
        for name, rows in values.items():
            if name not in {"jserr", "feedback", "userlog", "gray_plan"}:
                raise ValueError(f"no such data: {name}")
            setattr(self, name, rows)
