"""What WeChat has seen of the mini program: script errors, feedback, live logs, gray release."""

from datetime import datetime
from typing import Any

from server.simulators.wechat.clock import BEIJING
from server.simulators.wechat.endpoints.wire import Asked, endpoint, ok
from server.simulators.wechat.errors import WxError
from server.simulators.wechat.world import World

LOG_DAYS = 7


@endpoint("GET", "/wxa/getgrayreleaseplan")
def gray_release_plan(world: World, _asked: Asked) -> dict[str, Any]:
    """The running or last plan; an owner's token may read it."""
    return ok(gray_release_plan=world.operations.gray_plan or world.code.plan)


@endpoint("POST", "/wxaapi/log/jserr_list")
def script_errors(world: World, asked: Asked) -> dict[str, Any]:
    """Errors by version, person and keyword, ordered by uv or pv."""
    args = asked.args
    for name in ("startTime", "endTime"):
        _date(args.get(name), name)
    order = args.get("orderby", "uv")
    if order not in {"uv", "pv"}:
        raise WxError(40097, "orderby")
    rows = [row for row in world.operations.jserr if _fits(row, args)]
    rows.sort(key=lambda row: int(row.get(order, 0)), reverse=str(args.get("desc", "2")) == "2")
    start, count = _page(args.get("offset", 0), args.get("limit", 30), 30)
    return ok(success=True, openid="", data=rows[start : start + count], totalCount=len(rows))


@endpoint("GET", "/wxaapi/feedback/list")
def feedback(world: World, asked: Asked) -> dict[str, Any]:
    """What people wrote in WeChat's own feedback form."""
    page, number = _page(asked.query.get("page", 1), asked.query.get("num", 10), 20)
    kind = asked.query.get("type")
    rows = [row for row in world.operations.feedback if kind in {None, str(row.get("type"))}]
    start = max(0, page - 1) * number
    return ok(list=rows[start : start + number], total_num=len(rows))


@endpoint("GET", "/wxaapi/userlog/userlog_search")
def live_logs(world: World, asked: Asked) -> dict[str, Any]:
    """Lines of one day within the last seven."""
    query = asked.query
    day = _date(query.get("date"), "date")
    today = datetime.fromtimestamp(world.clock.now(), BEIJING).date()
    if not 0 <= (today - day).days < LOG_DAYS:
        raise WxError(40097, "date")
    begin, end = _moment(query.get("begintime"), "begintime"), _moment(query.get("endtime"), "endtime")
    rows = [
        row
        for row in world.operations.userlog
        if begin <= int(row.get("timestamp", 0)) <= end
        and int(query.get("level", 0) or 0) in {0, int(row.get("level", 0))}
        and all(query[name] in {"", str(row.get(name))} for name in ("id", "url", "traceId") if name in query)
        and query.get("filterMsg", "") in str(row.get("filterMsg", ""))
    ]
    start, count = _page(query.get("start", 0), query.get("limit", 20), 100)
    return ok(data={"list": rows[start : start + count], "total": len(rows)})


def _fits(row: dict[str, Any], args: dict[str, Any]) -> bool:
    for name in ("errType", "appVersion", "openid"):
        wanted = str(args.get(name, "") or "")
        if wanted not in {"", "0"} and wanted != str(row.get(name, "")):
            return False
    return str(args.get("keyword", "") or "") in str(row.get("errorMsg", ""))


def _date(value: object, name: str) -> Any:
    text = str(value)
    for form in ("%Y-%m-%d", "%Y%m%d"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=BEIJING).date()
        except ValueError:
            continue
    raise WxError(40097, name)


def _moment(value: object, name: str) -> int:
    try:
        return int(str(value))
    except ValueError as error:
        raise WxError(40097, name) from error


def _page(start: object, count: object, most: int) -> tuple[int, int]:
    first, number = _moment(start, "offset"), _moment(count, "limit")
    if first < 0 or not 1 <= number <= most:
        raise WxError(40097, "limit")
    return first, number
