"""Sealing officers' secrets anew after a key rotation; the citizens' are beside their verbs."""

from __future__ import annotations

from server.core.sealing import reseal
from server.domain.identity.models.officers import Officer
from server.domain.identity.two_factor import place_of


def rotate_officer_keys(*, batch: int = 200) -> int:
    """Seal up to ``batch`` officers' TOTP secrets with the current key; how many were found, 0 when none is left."""
    kept = reseal(Officer.id, Officer.totp_sealed, lambda key: place_of(key, "secret"), limit=batch)
    offered = reseal(Officer.id, Officer.totp_offer_sealed, lambda key: place_of(key, "offer"), limit=batch)
    return kept + offered
