"""How the console tells an error: the way to sign in, a toast, back to the form's page, or a page of its own."""

from __future__ import annotations

from flask import Response, current_app, redirect, request
from werkzeug.exceptions import HTTPException

from server.admin.access import READS, StepUpNeeded, lead_to, page_before
from server.admin.pages import problem, toast, wants_part
from server.core import logs
from server.core.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    ShijianError,
    TooMany,
    Unauthenticated,
    Unavailable,
)

STATUS: tuple[tuple[type[ShijianError], int, str], ...] = (
    (Unauthenticated, 401, "请先登录"),
    (NotFound, 404, "页面不存在"),
    (Forbidden, 403, "没有权限"),
    (Conflict, 409, "无法完成操作"),
    (Invalid, 422, "内容有误"),
    (TooMany, 429, "操作过于频繁"),
    (Unavailable, 503, "服务暂时不可用"),
)
HTTP = {
    400: ("请求无效", "页面可能已过期，请刷新后重试。"),
    404: ("页面不存在", "没有找到您要的内容。"),
    405: ("不支持的操作", "请从页面上的按钮进行操作。"),
    413: ("内容过大", "提交的内容超过了大小限制。"),
    415: ("类型不受支持", "提交的内容类型不受支持。"),
    429: ("操作过于频繁", "请稍后再试。"),
}
GO_BACK = (Conflict, Invalid, TooMany)


def refuse(error: ShijianError | HTTPException) -> Response:
    """The answer to an error of the console."""
    if isinstance(error, HTTPException):
        return _refuse_http(error)
    if isinstance(error, Unauthenticated):
        return lead_to("session.sign_in", back_to=_return_path())
    if isinstance(error, StepUpNeeded):
        return lead_to("session.step_up", back_to=_return_path())
    status, title = status_of(error)
    if isinstance(error, GO_BACK) and request.method not in READS and not wants_part():
        back = page_before()
        if back:
            toast(error.text, "danger")
            return current_app.make_response(redirect(back, code=303))
    answer = problem(status, title, error.text, trace_id=logs.request_id.get())
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        answer.headers["Retry-After"] = str(retry_after)
    return answer


def status_of(error: ShijianError) -> tuple[int, str]:
    """The number of an expected error, and what it is called."""
    return next(((status, title) for kind, status, title in STATUS if isinstance(error, kind)), (500, "系统内部错误"))


def _refuse_http(error: HTTPException) -> Response:
    if error.response is not None or (error.code or 500) < 400:  # noqa: PLR2004 - a redirect raised by the router
        return current_app.make_response(error.get_response())
    status = error.code or 500
    title, message = HTTP.get(status, ("请求未能完成", "请稍后再试。"))
    answer = problem(status, title, message, trace_id=logs.request_id.get())
    if status == 405:  # noqa: PLR2004 - RFC 9110: such an answer names what is allowed
        answer.headers.extend((name, value) for name, value in error.get_headers() if name == "Allow")
    return answer


def _return_path() -> str:
    """Where to go afterwards: this page, or the page whose form was sent."""
    if request.method in READS and request.headers.get("HX-Request") != "true":
        return request.full_path.rstrip("?")
    return page_before()
