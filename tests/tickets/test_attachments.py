"""Pictures: quotas, owners, bytes, tokens, and the sweep."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from server.core import clock
from server.core.clock import LOCAL
from server.domain import identity, tickets
from server.domain.identity import ANONYMOUS, SCHEDULER
from server.domain.tickets import Attachment, AttachmentNotFound, ContentState, DayQuotaReached
from server.gateways.images import PictureRefused
from server.gateways.storage import FileGone, store
from tests.factories import citizens
from tests.factories.tickets import picture, ticket, upload, uploads
from tests.tickets.conftest import Desk


def bytes_of(media: tickets.Media) -> bytes:
    return b"".join(media.pieces)


def test_what_is_kept_is_ours(desk: Desk) -> None:
    kept = upload(desk.wang)
    media = tickets.read(desk.wang, kept.id)
    body = bytes_of(media)
    assert hashlib.sha256(body).hexdigest() == kept.sha256
    assert (len(body), media.size) == (kept.size, kept.size)
    assert (kept.width, kept.height, kept.mime, kept.state) == (120, 80, "image/png", ContentState.PENDING)
    thumb = tickets.read(desk.wang, kept.id, thumb=True)
    assert thumb.mime == "image/jpeg"
    assert bytes_of(thumb).startswith(b"\xff\xd8")


def test_refused_pictures_leave_nothing(desk: Desk, session: Any) -> None:
    with pytest.raises(PictureRefused):
        upload(desk.wang, b"<svg/>")
    assert session.scalar(sa.select(sa.func.count()).select_from(Attachment)) == 0


def test_consent_is_needed(session: Any) -> None:
    citizens.privacy_notice()
    with pytest.raises(identity.ConsentRequired):
        upload(citizens.actor(citizens.citizen("li", consented=False)))


def test_count_and_bytes_of_a_day(desk: Desk) -> None:
    with time_machine.travel(datetime(2026, 3, 3, 12, tzinfo=LOCAL), tick=False) as now:
        for _ in range(3):
            upload(desk.wang, daily_count=3)
        with pytest.raises(DayQuotaReached):
            upload(desk.wang, daily_count=3)
        upload(citizens.actor("zhao"), daily_count=3)
        with pytest.raises(DayQuotaReached):
            upload(citizens.actor("zhao"), daily_bytes=len(picture()) + 1)
        now.shift(timedelta(days=1))
        upload(desk.wang, daily_count=3)


def test_a_file_beyond_the_days_bytes_is_refused_at_once(desk: Desk) -> None:
    with pytest.raises(DayQuotaReached):
        upload(desk.wang, daily_bytes=10)
    with pytest.raises(DayQuotaReached):
        upload(desk.wang, daily_count=0)


def test_nobody_sees_anothers_upload(desk: Desk) -> None:
    kept = upload(desk.wang)
    for stranger in (citizens.actor("zhao"), ANONYMOUS, desk.lin, desk.zheng):
        with pytest.raises(AttachmentNotFound):
            tickets.read(stranger, kept.id)


def test_on_a_ticket_staff_of_its_contract_see_it(desk: Desk) -> None:
    (first,) = uploads(1, desk.wang)
    made = ticket(desk.wang, upload_ids=[first])
    assert tickets.read(desk.lin, first)
    with pytest.raises(AttachmentNotFound):
        tickets.read(desk.zheng, first)
    tickets.choose_contract(desk.lin, made.id, contract_id=desk.contract.id)
    assert tickets.read(desk.zheng, first)
    with pytest.raises(AttachmentNotFound):
        tickets.read(citizens.actor("zhao"), first)


def test_a_token_opens_one_picture_for_a_while(desk: Desk) -> None:
    kept, other = upload(desk.wang), upload(desk.wang)
    token = tickets.media_token(kept.id, minutes=30)
    assert bytes_of(tickets.media_by_token(token)) == bytes_of(tickets.read(desk.wang, kept.id))
    flipped = ("A" if token[3] != "A" else "B").join((token[:3], token[4:]))
    for wrong in ("", "x", "é", token[:-4], flipped, token + "AAAA", tickets.media_token(other.id, minutes=30)[:-3]):
        with pytest.raises(AttachmentNotFound):
            tickets.media_by_token(wrong)
    with time_machine.travel(clock.now() + timedelta(minutes=31), tick=False), pytest.raises(AttachmentNotFound):
        tickets.media_by_token(token)


def test_what_no_ticket_took_goes_after_a_day(desk: Desk, session: Any) -> None:
    tickets.sweep_files()  # what other tests left in the folder that all share
    orphan, (used,) = upload(desk.wang), uploads(1, desk.wang)
    ticket(desk.wang, upload_ids=[used])
    session.flush()
    keys = (orphan.stored_key, orphan.thumb_key)
    assert tickets.drop_orphans(SCHEDULER) == 0
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
        assert tickets.drop_orphans(SCHEDULER) == 1
    session.expire_all()
    assert [row.id for row in session.scalars(sa.select(Attachment))] == [used]
    assert tickets.sweep_files() == 0  # young files may belong to a unit that has not been committed yet
    long_ago = (clock.now() - timedelta(days=2)).timestamp()
    for path in store().root.glob("*/*/*.*"):
        os.utime(path, (long_ago, long_ago))
    assert tickets.sweep_files() >= 2
    for key in keys:
        with pytest.raises(FileGone):
            store().open(key)
    assert bytes_of(tickets.read(desk.wang, used))


def test_staff_uploads_pass(desk: Desk) -> None:
    assert upload(desk.lin).state is ContentState.PASS
    assert upload(replace(ANONYMOUS, address="192.0.2.7")).state is ContentState.REVIEW
