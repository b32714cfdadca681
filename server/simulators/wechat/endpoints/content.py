"""The content check of words and pictures."""

from functools import partial
from typing import Any

import requests

from server.simulators.wechat.config import is_loopback
from server.simulators.wechat.endpoints.wire import Asked, endpoint, ok
from server.simulators.wechat.errors import WxError
from server.simulators.wechat.push.callback import send
from server.simulators.wechat.rules.content import MAX_MEDIA_BYTES, Verdict, format_of
from server.simulators.wechat.rules.people import User
from server.simulators.wechat.world import World

NOT_DOWNLOADED = -1008
MAX_CHARACTERS = 2500
MAX_IMAGE_BYTES = 1024 * 1024


@endpoint("POST", "/wxa/msg_sec_check")
def check_text(world: World, asked: Asked) -> dict[str, Any]:
    """Version 2 gives a verdict; version 1, frozen since 2021, only yes or 87014."""
    content = asked.args.get("content")
    if not isinstance(content, str) or not content:
        raise WxError(44002)
    if asked.args.get("version") not in {2, "2"}:
        if world.content.judge_text(content).suggest == "risky":
            raise WxError(87014)
        return ok()
    _scene(asked)
    _visitor(world, asked)
    if len(content) > MAX_CHARACTERS:
        raise WxError(45002)
    others = [str(asked.args[name]) for name in ("title", "nickname", "signature") if asked.args.get(name)]
    verdict = world.content.judge_text(content, *others)
    return ok(result=verdict.result(), detail=verdict.detail(), trace_id=world.calls.new_rid())


@endpoint("POST", "/wxa/media_check_async")
def check_media(world: World, asked: Asked) -> dict[str, Any]:
    """Takes the job; the file is fetched and judged afterwards and the verdict is pushed."""
    if asked.args.get("version") not in {2, "2"}:
        raise WxError(40097, "version")
    if asked.args.get("media_type") not in {1, 2}:
        raise WxError(40097, "media_type")
    url = asked.args.get("media_url")
    if not isinstance(url, str) or not url:
        raise WxError(41005)
    _scene(asked)
    user = _visitor(world, asked)
    job = {"trace_id": world.calls.new_rid(), "openid": user.openid, "media_url": url, "state": "waiting"}
    world.media_jobs.append(job)
    image = asked.args["media_type"] == 2
    world.courier.schedule.put(partial(_judge_media, world, user, job, image), world.media_delay)
    return ok(trace_id=job["trace_id"])


@endpoint("POST", "/wxa/img_sec_check", body="files")
def check_image(world: World, asked: Asked) -> dict[str, Any]:
    """The old synchronous check of one small picture."""
    data = asked.files.get("media")
    if not data:
        raise WxError(41005)
    if len(data) > MAX_IMAGE_BYTES:
        raise WxError(40006)
    if format_of(data) is None:
        raise WxError(40137)
    if world.content.judge_media(data).suggest == "risky":
        raise WxError(87014)
    return ok()


def _scene(asked: Asked) -> None:
    if asked.args.get("scene") not in {1, 2, 3, 4}:
        raise WxError(40129)


def _visitor(world: World, asked: Asked) -> User:
    user = world.people.of_openid(asked.args.get("openid"), foreign=43104)
    if not world.people.visited_lately(user):
        raise WxError(61010)
    return user


def _judge_media(world: World, user: User, job: dict[str, Any], image: bool) -> None:
    data = _fetch(str(job["media_url"]))
    with world.lock:
        failed = data is None or (image and format_of(data) is None)
        verdict = Verdict() if data is None or failed else world.content.judge_media(data)
        outcome: dict[str, Any] = {"errcode": NOT_DOWNLOADED, "errmsg": "media download failed", "detail": []}
        if not failed:
            outcome = {"errcode": 0, "errmsg": "ok", "detail": verdict.detail(), "result": verdict.result()}
        job |= {"state": "failed" if failed else verdict.suggest, "bytes": len(data) if data is not None else 0}
        world.push(
            user,
            "wxa_media_check",
            appid=world.config.appid,
            trace_id=job["trace_id"],
            version=2,
            **outcome,
        )


def _fetch(url: str) -> bytes | None:
    """The file, from this machine only and up to the limit; None when it cannot be had."""
    if not is_loopback(url):
        return None
    try:
        with send("GET", url, timeout=5, stream=True) as answer:
            if answer.status_code != 200:
                return None
            data = bytearray()
            for chunk in answer.iter_content(65536):
                data += chunk
                if len(data) > MAX_MEDIA_BYTES:
                    return None
            return bytes(data)
    except requests.RequestException:
        return None
