"""Content checks: WeChat is asked outside any unit, and what it cannot say now is asked again, never passed."""

from __future__ import annotations

import uuid
from datetime import timedelta

from flask import current_app

from server.core import clock
from server.core.db import reading, unit
from server.domain import identity, tickets
from server.domain.identity import SCHEDULER
from server.domain.tickets import Question
from server.gateways import queue, wechat
from server.gateways.wechat import Remedy, Scene, Suggestion, TextVerdict, WechatError
from server.jobs.context import Hopeless, JobContext, Later
from server.jobs.registry import every, handles
from server.settings import Settings

CHARACTERS = 2500
MOST_PIECES = 8
MINUTE = 60
# Somebody who is not in the mini program now may come back; until then a person decides (the check times out).
NOT_VISITING = 61010
VISIT_PAUSE = 600
LONGEST = timedelta(days=3)
RISKY_V1 = 87014
SEVERITY = (Suggestion.PASS, Suggestion.REVIEW, Suggestion.RISKY)


@handles("content.check_text", label="文字内容检查", backoff=10)
def check_text(job: JobContext) -> None:
    """Ask WeChat about a text and hand on the verdict. Again at any time: a judged check asks nothing."""
    found = _question(job)
    if found is None:
        return
    question, openid = found
    try:
        verdict = _judged(question, openid)
    except WechatError as error:
        if error.meaning.retryable:
            raise _later(job, error) from error
        verdict = _by_error(error)
    _apply(question.check_id, verdict)


@handles("content.check_media", label="图片内容检查", backoff=10)
def check_media(job: JobContext) -> None:
    """Ask WeChat to look at a picture; its push brings the verdict. A second asking only makes a second trace."""
    found = _question(job)
    if found is None or found[0].attachment_id is None:
        return
    question, openid = found
    try:
        trace_id = wechat.mini().media_check(openid, _address(question.attachment_id), Scene(str(question.scene)))
    except WechatError as error:
        if error.meaning.retryable:
            raise _later(job, error) from error
        _apply(question.check_id, _by_error(error))
        return
    with unit():
        tickets.note_trace(question.check_id, trace_id)


@handles("content.time_out", label="内容检查超时处理")
def time_out(_job: JobContext) -> None:
    """What nobody has judged in time waits for a person."""
    with unit():
        tickets.time_out_checks(SCHEDULER)


every("content.time_out", "content.time_out", MINUTE)


def _question(job: JobContext) -> tuple[Question, str] | None:
    """What is to be asked, and for which openid; None if nothing is, or if a person has to decide."""
    check_id = uuid.UUID(job.args["check_id"])
    with reading():
        question = tickets.question(check_id)
        openid = identity.openid_of(question.citizen_id) if question else None
    if question is None:
        return None
    if openid is None:
        _apply(check_id, TextVerdict(Suggestion.REVIEW, 0, ""))
        return None
    return question, openid


def _judged(question: Question, openid: str) -> TextVerdict:
    """The worst verdict on the pieces of a text; WeChat takes 2500 characters at a time."""
    text = f"{question.title}\n{question.text}".strip()
    pieces = [text[start : start + CHARACTERS] for start in range(0, len(text), CHARACTERS)]
    if not 0 < len(pieces) <= MOST_PIECES:
        return TextVerdict(Suggestion.REVIEW, 0, "")
    verdicts = [wechat.mini().msg_sec_check(openid, piece, Scene(str(question.scene))) for piece in pieces]
    return max(verdicts, key=lambda verdict: SEVERITY.index(verdict.suggest))


def _by_error(error: WechatError) -> TextVerdict:
    """A refusal is no pass: a person looks, unless WeChat's old answer already calls it risky."""
    return TextVerdict(Suggestion.RISKY if error.errcode == RISKY_V1 else Suggestion.REVIEW, 0, "")


def _apply(check_id: uuid.UUID, verdict: TextVerdict) -> None:
    with unit():
        tickets.apply_text_verdict(
            SCHEDULER, check_id, suggest=verdict.suggest.value, label=verdict.label, trace_id=verdict.trace_id
        )


def _later(job: JobContext, error: WechatError) -> Later | Hopeless:
    """Ask again after a pause that fits the refusal; after three days the person who reviews has the only word."""
    with reading():
        age = clock.now() - queue.find(job.id).created_at
    if age > LONGEST:
        return Hopeless(error.message)
    if error.remedy is Remedy.NEXT_DAY:
        seconds = (clock.end_of(clock.today()) - clock.now()).total_seconds() + MINUTE
    elif error.errcode == NOT_VISITING:
        seconds = VISIT_PAUSE
    else:
        seconds = MINUTE if age < timedelta(hours=1) else VISIT_PAUSE
    return Later(seconds, error.message)


def _address(attachment_id: uuid.UUID | None) -> str:
    """Where WeChat fetches the picture: signed, short-lived, and meant for nobody else."""
    settings: Settings = current_app.config["SETTINGS"]
    if attachment_id is None:
        raise ValueError("no picture to check")
    token = tickets.media_token(attachment_id, minutes=settings.media_url_minutes)
    return f"{settings.base_url.rstrip('/')}/media/{token}"
