"""The rotating code: for how long it holds, and what is no code of ours."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from server.domain.training import codes
from server.domain.training.codes import CodeExpired, CodeWrong

ONE = uuid.UUID("01996f2a-0000-7000-8000-000000000001")
OTHER = uuid.UUID("01996f2a-0000-7000-8000-000000000002")
TURN = datetime(2025, 9, 26, 6, 0, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return TURN + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("shown", "read", "holds"),
    [
        (0, 0, True),
        (0, 29.9, True),
        (0, 30, True),
        (0, 59.9, True),
        (0, 60, False),
        (29.9, 59.9, True),
        (29.9, 60, False),
        (0, 3600, False),
        (0, 86400, False),
    ],
)
def test_a_code_holds_for_its_half_minute_and_the_next(app, shown, read, holds):
    made = codes.shown(ONE, after(shown))
    assert codes.fits(made.typed, ONE, after(read)) is holds
    if holds:
        assert codes.training_of(made.scanned, after(read)) == ONE
    else:
        with pytest.raises(CodeExpired):
            codes.training_of(made.scanned, after(read))


def test_a_code_of_a_coming_step_is_none_of_ours(app):
    with pytest.raises(CodeWrong):
        codes.training_of(codes.shown(ONE, after(30)).scanned, after(0))
    assert not codes.fits(codes.shown(ONE, after(30)).typed, ONE, after(0))


def test_the_newest_is_told_with_its_end(app):
    made = codes.shown(ONE, after(12))
    assert made.until == after(30)
    assert made.scanned == codes.shown(ONE, after(29)).scanned
    assert made.scanned != codes.shown(ONE, after(30)).scanned
    assert codes.is_typed(made.typed)
    assert not codes.is_typed(made.scanned)


@pytest.mark.parametrize(
    "change", [lambda code: code[:-1] + ("0" if code[-1] != "0" else "1"), lambda code: code + "0"]
)
def test_a_changed_code_is_refused(app, change):
    with pytest.raises(CodeWrong):
        codes.training_of(change(codes.shown(ONE, TURN).scanned), TURN)


def test_a_code_of_one_training_opens_no_other(app):
    mark, _, step, seal = codes.shown(ONE, TURN).scanned.split(".")
    with pytest.raises(CodeWrong):
        codes.training_of(f"{mark}.{OTHER.hex}.{step}.{seal}", TURN)
    assert codes.shown(OTHER, TURN).typed != codes.shown(ONE, TURN).typed


@pytest.mark.parametrize("text", ["", "x", "12345", "1234567", "https://example.com", "SJPX.1.2.3", "１２３４５６"])
def test_what_is_no_code(app, text):
    with pytest.raises(CodeWrong):
        codes.training_of(text, TURN)


def test_the_digits_do_not_stand_in_the_qr_code(app):
    for number in range(40):
        made = codes.shown(ONE, after(30 * number))
        assert made.typed not in made.scanned.split(".")[-1]
