"""Money: Decimal yuan, rounded half up to the fen once, at the end."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

FEN = Decimal("0.01")


def to_fen(amount: Decimal) -> Decimal:
    """An amount rounded half up to 0.01 (domain.md §1.5)."""
    return amount.quantize(FEN, rounding=ROUND_HALF_UP)


def neat(amount: Decimal) -> str:
    """An amount as people read it in figures: ¥148,800.00."""
    return f"¥{to_fen(amount):,.2f}"
