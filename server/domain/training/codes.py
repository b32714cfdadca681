"""The rotating code of a training's check-in: made of the training, the half minute and the server's key.

Nothing is kept: whoever has the key can tell at any time what the screen shows. A code holds for its half minute and the
next one, so that nobody is turned away who scanned at the turn. It is shown as a QR code and as six digits.
"""

from __future__ import annotations

import hmac
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from server.core import crypto
from server.core.errors import Conflict, Invalid

STEP = 30
MARK = "SJPX"
DIGITS = 6
SEAL = 24
_SCANNED = re.compile(rf"{MARK}\.([0-9a-f]{{32}})\.(\d{{1,12}})\.([0-9a-f]{{{SEAL}}})")
_TYPED = re.compile(rf"\d{{{DIGITS}}}")


class CodeWrong(Invalid):
    """Not a code of ours, or not of now."""

    code = "training_code_wrong"
    message = "签到码不正确，请扫描屏幕上的二维码或输入 6 位签到码。"

    def __init__(self) -> None:
        super().__init__(fields={"code": [self.message]})


class CodeExpired(Conflict):
    """The code was right a while ago: a photograph of the screen is no presence."""

    code = "training_code_expired"
    message = "签到码已失效，请扫描屏幕上最新的二维码。"


@dataclass(frozen=True, slots=True)
class Shown:
    """What the screen shows now: the QR code's text, the six digits, and until when this is the newest."""

    scanned: str
    typed: str
    until: datetime


def shown(training_id: uuid.UUID, moment: datetime) -> Shown:
    """The code of a training at a moment."""
    step = _step(moment)
    until = datetime.fromtimestamp((step + 1) * STEP, UTC)
    return Shown(_scanned(training_id, step), _typed(training_id, step), until)


def is_typed(code: str) -> bool:
    """Whether a code is of the kind that is typed; then only the trainings that are open can tell whose it is."""
    return _TYPED.fullmatch(code) is not None


def fits(code: str, training_id: uuid.UUID, moment: datetime) -> bool:
    """Whether six digits are what a training's screen shows, or showed half a minute before."""
    now = _step(moment)
    return any(hmac.compare_digest(code, _typed(training_id, step)) for step in (now, now - 1))


def training_of(code: str, moment: datetime) -> uuid.UUID:
    """The training whose QR code was scanned; CodeWrong if we did not make it, CodeExpired if it is an old one."""
    found = _SCANNED.fullmatch(code)
    if found is None:
        raise CodeWrong
    training_id, step = uuid.UUID(hex=found[1]), int(found[2])
    if not hmac.compare_digest(code, _scanned(training_id, step)) or step > _step(moment):
        raise CodeWrong
    if step < _step(moment) - 1:
        raise CodeExpired
    return training_id


def good_for() -> timedelta:
    """How long a code holds at most."""
    return timedelta(seconds=2 * STEP)


def _step(moment: datetime) -> int:
    return int(moment.timestamp()) // STEP


def _scanned(training_id: uuid.UUID, step: int) -> str:
    return f"{MARK}.{training_id.hex}.{step}.{_seal(training_id, step)[:SEAL]}"


def _typed(training_id: uuid.UUID, step: int) -> str:
    # other digits of the seal than those that the QR code shows
    return f"{int(_seal(training_id, step)[SEAL : SEAL + 15], 16) % 10**DIGITS:0{DIGITS}d}"


def _seal(training_id: uuid.UUID, step: int) -> str:
    return crypto.ring().mac(b"training-check-in\0" + training_id.bytes + step.to_bytes(8, "big"))
