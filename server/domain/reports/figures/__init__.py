"""The subjects of a report, one module each; every one gives a section, or None where the contract has no such thing."""

from server.domain.reports.figures.acceptance import acceptance
from server.domain.reports.figures.calls import calls
from server.domain.reports.figures.consulting import consulting
from server.domain.reports.figures.desk import desk
from server.domain.reports.figures.field import field_work
from server.domain.reports.figures.money import money
from server.domain.reports.figures.owed import owed
from server.domain.reports.figures.people import people
from server.domain.reports.figures.promises import promises
from server.domain.reports.figures.referred import referred
from server.domain.reports.figures.released import released
from server.domain.reports.figures.trained import trained
from server.domain.reports.figures.upkeep import upkeep

__all__ = [
    "acceptance",
    "calls",
    "consulting",
    "desk",
    "field_work",
    "money",
    "owed",
    "people",
    "promises",
    "referred",
    "released",
    "trained",
    "upkeep",
]
