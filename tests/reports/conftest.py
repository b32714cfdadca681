"""The played years, and a small office with the people of contract B around one month's report."""

from __future__ import annotations

from tests.deliverables.conftest import Office, at, office
from tests.story.conftest import a, b, played, played_database

__all__ = ["Office", "a", "at", "b", "office", "played", "played_database"]
