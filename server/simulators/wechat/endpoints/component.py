"""Code management, which belongs to third-party platforms: an owner's token is answered 86000."""

import json
import re
from collections.abc import Callable
from typing import Any

from server.simulators.wechat.endpoints.wire import Asked, Handler, Picture, endpoint, ok
from server.simulators.wechat.errors import WxError
from server.simulators.wechat.rules.code import Audit, Version
from server.simulators.wechat.rules.links import png
from server.simulators.wechat.world import World

MOST_ITEMS = 5
VERSION = re.compile(r"\d+\.\d+\.\d+")
CATEGORIES = [{"first_class": "政务民生", "second_class": "政务", "first_id": 283, "second_id": 284}]


def calls(method: str, path: str, *, body: str = "") -> Callable[[Handler], Handler]:
    """A call for an authorizer's token."""
    return endpoint(method, path, body=body, holder="authorizer")


@calls("POST", "/wxa/commit")
def upload(world: World, asked: Asked) -> dict[str, Any]:
    """A template becomes the mini program's trial version (85014, 85013, 85048, 85045)."""
    args = asked.args
    if not any(row["template_id"] == args.get("template_id") for row in world.code.templates):
        raise WxError(85014)
    if not isinstance(args.get("ext_json"), str):
        raise WxError(85013)
    try:
        ext = json.loads(args["ext_json"])
    except ValueError as error:
        raise WxError(85048) from error
    if not isinstance(ext, dict):
        raise WxError(85048)
    unknown = [page for page in ext.get("extPages", {}) if page not in world.pages]
    if unknown:
        raise WxError(85045, unknown[0])
    if not args.get("user_version"):
        raise WxError(85015)
    world.code.upload(str(args["user_version"]), str(args.get("user_desc", "")))
    return ok()


@calls("GET", "/wxa/get_page")
def pages(world: World, _asked: Asked) -> dict[str, Any]:
    """The pages of the code that was committed."""
    if world.code.experience is None:
        raise WxError(86001)
    return ok(page_list=list(world.pages))


@calls("GET", "/wxa/get_qrcode")
def trial_code(world: World, asked: Asked) -> Picture:
    """The picture that opens the trial version."""
    if world.code.experience is None:
        raise WxError(86001)
    path = asked.query.get("path", "")
    if path and path.partition("?")[0] not in world.pages:
        raise WxError(40165)
    text = f"https://open.weixin.qq.com/sns/getexpappinfo?appid={world.config.appid}&path={path}"
    return Picture(png(text, 430))


@calls("GET", "/wxa/get_category")
def categories(_world: World, _asked: Asked) -> dict[str, Any]:
    """What may be named in an audit."""
    return ok(category_list=CATEGORIES)


@calls("POST", "/wxa/submit_audit", body="optional")
def submit_audit(world: World, asked: Asked) -> dict[str, Any]:
    """The trial version goes to WeChat's people."""
    items = asked.args.get("item_list")
    if items is not None and (not isinstance(items, list) or not 1 <= len(items) <= MOST_ITEMS):
        raise WxError(85023)
    return ok(auditid=world.code.submit().auditid)


@calls("POST", "/wxa/get_auditstatus")
def audit_status(world: World, asked: Asked) -> dict[str, Any]:
    """One audit."""
    return ok(**_audit(world.code.audit(asked.args.get("auditid"))))


@calls("GET", "/wxa/get_latest_auditstatus")
def latest_audit_status(world: World, _asked: Asked) -> dict[str, Any]:
    """The last one."""
    latest = world.code.latest
    if latest is None:
        raise WxError(86001)
    return ok(auditid=latest.auditid, **_audit(latest))


@calls("GET", "/wxa/undocodeaudit")
def undo_audit(world: World, _asked: Asked) -> dict[str, Any]:
    """Take the waiting one back."""
    world.code.undo()
    return ok()


@calls("POST", "/wxa/speedupaudit")
def speed_up(world: World, asked: Asked) -> dict[str, Any]:
    """Ask for haste."""
    world.code.speed_up(asked.args.get("auditid"))
    return ok()


@calls("GET", "/wxa/queryquota")
def quota(world: World, _asked: Asked) -> dict[str, Any]:
    """What the month still allows."""
    code = world.code
    return ok(
        rest=code.left("submit"),
        limit=code.limits["submit"],
        speedup_rest=code.left("speedup"),
        speedup_limit=code.limits["speedup"],
    )


@calls("POST", "/wxa/release", body="optional")
def release(world: World, asked: Asked) -> dict[str, Any]:
    """To everybody. WeChat wants an empty object, not nothing."""
    if not asked.raw.strip():
        raise WxError(44002)
    world.code.release()
    return ok()


@calls("POST", "/wxa/grayrelease")
def gray_release(world: World, asked: Asked) -> dict[str, Any]:
    """To a share of the people, upward only."""
    names = ("support_debuger_first", "support_experiencer_first")
    members = {name: asked.args.get(name) is True for name in names}
    world.code.grow(asked.args.get("gray_percentage"), members=members)
    return ok()


@calls("GET", "/wxa/revertgrayrelease")
def revert_gray(world: World, _asked: Asked) -> dict[str, Any]:
    """Those who had it are back at the live version."""
    world.code.end_gray()
    return ok()


@calls("GET", "/wxa/revertcoderelease")
def revert(world: World, asked: Asked) -> dict[str, Any]:
    """Back to the version before, or to a named one; or the list of those."""
    if asked.query.get("action") == "get_history_version":
        return ok(version_list=[_past(version) for version in reversed(world.code.history)])
    world.code.roll_back(asked.query.get("app_version"))
    return ok()


@calls("POST", "/wxa/getversioninfo")
def version_info(world: World, _asked: Asked) -> dict[str, Any]:
    """What is on trial and what is live."""
    found: dict[str, Any] = {}
    for short, version in (("exp", world.code.experience), ("release", world.code.live)):
        if version is not None:
            fields = {"time": int(version.at), "version": version.user_version, "desc": version.user_desc}
            found[f"{short}_info"] = {f"{short}_{field}": value for field, value in fields.items()}
    return ok(**found)


@calls("POST", "/wxa/change_visitstatus")
def change_visit_status(world: World, asked: Asked) -> dict[str, Any]:
    """Open or close to the public."""
    if asked.args.get("action") not in {"open", "close"}:
        raise WxError(85022)
    world.code.visible = asked.args["action"] == "open"
    return ok()


@calls("POST", "/wxa/getvisitstatus")
def visit_status(world: World, _asked: Asked) -> dict[str, Any]:
    """1 open, 0 suspended."""
    return ok(status=int(world.code.visible))


@calls("POST", "/cgi-bin/wxopen/getweappsupportversion")
def support_version(world: World, _asked: Asked) -> dict[str, Any]:
    """The lowest base library, and what people have."""
    items = [{"version": "3.7.2", "percentage": 91.4}, {"version": "2.32.3", "percentage": 8.6}]
    return ok(now_version=world.code.support_version, uv_info={"items": items})


@calls("POST", "/cgi-bin/wxopen/setweappsupportversion")
def set_support_version(world: World, asked: Asked) -> dict[str, Any]:
    """85015 for what is no version."""
    version = str(asked.args.get("version", ""))
    if not VERSION.fullmatch(version):
        raise WxError(85015)
    world.code.support_version = version
    return ok()


@endpoint("GET", "/wxa/gettemplatedraftlist", holder="component")
def drafts(world: World, _asked: Asked) -> dict[str, Any]:
    """What CI uploaded."""
    return ok(draft_list=world.code.drafts)


@endpoint("POST", "/wxa/addtotemplate", holder="component")
def add_to_template(world: World, asked: Asked) -> dict[str, Any]:
    """A draft becomes a template."""
    world.code.keep_template(asked.args.get("draft_id"))
    return ok()


@endpoint("GET", "/wxa/gettemplatelist", holder="component")
def templates(world: World, _asked: Asked) -> dict[str, Any]:
    """The library."""
    return ok(template_list=world.code.templates)


@endpoint("POST", "/wxa/deletetemplate", holder="component")
def delete_template(world: World, asked: Asked) -> dict[str, Any]:
    """Out of the library."""
    world.code.drop_template(asked.args.get("template_id"))
    return ok()


def _audit(audit: Audit) -> dict[str, Any]:
    found: dict[str, Any] = {"status": audit.status}
    if audit.reason:
        found |= {"reason": audit.reason, "ScreenShot": audit.screenshot}
    version = audit.version
    return found | {
        "user_version": version.user_version,
        "user_desc": version.user_desc,
        "submit_audit_time": int(audit.at),
    }


def _past(version: Version) -> dict[str, Any]:
    return {
        "app_version": version.app_version,
        "user_version": version.user_version,
        "user_desc": version.user_desc,
        "commit_time": int(version.at),
    }
