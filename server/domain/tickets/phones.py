"""Finding a ticket by a telephone number that is known whole: by a keyed digest, so that no sealed one is opened."""

from __future__ import annotations

import re

import sqlalchemy as sa

from server.core import crypto
from server.domain import identity
from server.domain.identity import Actor
from server.domain.tickets import access
from server.domain.tickets.models import Ticket

PURPOSE = "tickets:contact"
NUMBER = re.compile(r"\+?\d[\d-]{5,17}\d")
COUNTRY = "86"
MOBILE = 11


def phone_index(phone: str) -> str | None:
    """The digest of a number however it was written (+86, hyphens); None if there are no digits."""
    number = _digits(phone)
    return crypto.ring().blind_index(number, PURPOSE) if number else None


def with_phone(actor: Actor, word: str) -> list[sa.ColumnElement[bool]]:
    """For staff: the tickets whose noted contact or whose reporter has this number; nothing if the word is none."""
    if not access.is_staff(actor) or not NUMBER.fullmatch(word):
        return []
    citizens = [citizen.id for citizen in identity.citizens_by_phone(actor, _digits(word))]
    noted = Ticket.contact_index == phone_index(word)
    return [noted, Ticket.reporter_id.in_(citizens)] if citizens else [noted]


def _digits(phone: str) -> str:
    digits = re.sub(r"\D", "", phone)
    return digits.removeprefix(COUNTRY) if len(digits) == MOBILE + len(COUNTRY) else digits
