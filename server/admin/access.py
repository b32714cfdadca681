"""Who may see which page: every view of the console says so, and what says nothing is shut.

``needs(Permission.X)``, ``for_officers`` or ``open_to_all`` mark a view; the guard runs before each request, in front of
its unit of work: it refuses foreign posts, finds out who is there, and leads to what must be done first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect

from server.admin.marks import Access, access_of, mark, open_to_all, open_to_browsers
from server.admin.pages import redirect_to
from server.core import db
from server.core.errors import Forbidden, Unauthenticated
from server.domain import identity
from server.domain.identity import Actor, Duty, Permission, Presence
from server.gateways import papers
from server.settings import Settings

__all__ = [
    "authenticate",
    "current_actor",
    "for_officers",
    "forget",
    "install",
    "lead_to",
    "local_path",
    "maybe_actor",
    "needs",
    "open_to_all",
    "open_to_browsers",
    "page_before",
    "remember",
    "session_secret",
]

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R", bound=ResponseReturnValue)

READS = frozenset({"GET", "HEAD", "OPTIONS"})
# A page that asks by itself every few seconds says so: that is nobody at the desk, so it keeps no session alive, and
# it leads nobody away from what is being typed when the session has ended.
BY_ITSELF = "X-By-Itself"
COOKIE = "console_cookie"
FORM_BYTES = 1024 * 1024
csrf = CSRFProtect()
DUTY_PAGES = {Duty.CHANGE_PASSWORD: "account.password", Duty.ENROL_TOTP: "account.two_factor"}


class StepUpNeeded(Forbidden):
    """The password has to be given again first; the console leads there."""

    code = "step_up_needed"
    message = "此操作需要再次验证身份。"


class CrossSite(Forbidden):
    """Another site sent the browser here with something to write."""

    code = "cross_site"
    message = "已拒绝来自其他网站的请求。"


def needs(
    permission: Permission, *, step_up: bool = False, duty: bool = False
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Only for officers with a permission; ``step_up``: who gave their password in the last minutes; ``duty``: also
    before what must be done first is done (the first run).
    """
    return _marked(Access(permission=permission, step_up=step_up, duty=duty))


def for_officers(*, step_up: bool = False, duty: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """For every signed-in officer: pages about oneself."""
    return _marked(Access(step_up=step_up, duty=duty))


def current_actor() -> Actor:
    """The signed-in officer. Unauthenticated if nobody is."""
    presence: Presence | None = g.get("presence")
    if presence is None:
        raise Unauthenticated
    return presence.actor


def maybe_actor() -> Actor | None:
    """The signed-in officer, or None: for what the layout shows."""
    presence: Presence | None = g.get("presence")
    return presence.actor if presence else None


def authenticate() -> Presence | None:
    """Find out whose session the cookie holds. Before the request's first statement only: it uses units of its own."""
    g.presence = None
    secret = session_secret()
    if secret:
        with db.reading():
            g.presence = identity.officer_by_session(secret, request.remote_addr or "")
        if g.presence is not None and g.presence.touch_due and BY_ITSELF not in request.headers:
            with db.unit():
                identity.touch(g.presence.actor.session_id)
    presence: Presence | None = g.presence
    return presence


def session_secret() -> str:
    """What the session cookie holds, if anything."""
    return request.cookies.get(current_app.extensions[COOKIE], "")


def remember(response: Response, secret: str, *, fresh: bool = True) -> Response:
    """Give the browser a session's secret. ``fresh``: of a sign-in; then the form cookie is emptied, so that nobody can
    have prepared it. A renewed secret leaves the forms in other tabs alone.
    """
    if fresh:
        session.clear()
    response.set_cookie(
        current_app.extensions[COOKIE],
        secret,
        path="/",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return response


def forget(response: Response) -> Response:
    """Take the session's secret, and whatever the browser kept of our pages, away again."""
    session.clear()
    response.delete_cookie(
        current_app.extensions[COOKIE],
        path="/",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    response.headers["Clear-Site-Data"] = '"cache", "cookies"'
    return response


def local_path(text: str | None) -> str:
    """A path of the console, or nothing: what may follow a sign-in. Never another host, however it is spelled."""
    if not text or not text.startswith("/admin") or "\\" in text or any(ord(letter) <= ord(" ") for letter in text):
        return ""
    parts = urlsplit(text)
    return text if not parts.scheme and not parts.netloc else ""


def page_before() -> str:
    """The console's page from which this request came, by htmx's word or the browser's; empty if it cannot be told."""
    came_from = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))
    if came_from.netloc != request.host:
        return ""
    return local_path(f"{came_from.path}?{came_from.query}" if came_from.query else came_from.path)


def install(app: Flask, settings: Settings) -> None:
    """Cookies, CSRF tokens and the guard."""
    app.extensions[COOKIE] = "__Host-sid" if settings.secure else "sid"
    app.config.update(
        SESSION_COOKIE_NAME="__Host-form" if settings.secure else "form",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # The guard below asks for the token where one is due; it lives as long as the cookie that it belongs to.
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    csrf.init_app(app)
    app.before_request(_guard)


def _guard() -> ResponseReturnValue | None:
    if not request.path.startswith("/admin") or request.endpoint is None:
        return None
    if session_secret():
        # Papers may be larger than what citizens send; whoever has no session has none to hand in.
        request.max_content_length = max(current_app.config["MAX_CONTENT_LENGTH"], papers.MAX_BYTES + FORM_BYTES)
    access = access_of(current_app.view_functions[request.endpoint])
    if access is None:
        log.error("view without access", extra={"endpoint": request.endpoint})
        raise Forbidden
    if request.method not in READS and access.csrf:
        if request.headers.get("Sec-Fetch-Site") == "cross-site":
            raise CrossSite
        csrf.protect()
    if access.anyone:
        return None
    presence = authenticate()
    if presence is None:
        if BY_ITSELF in request.headers:
            return Response(status=204)
        raise Unauthenticated
    if presence.duty is not None and not access.duty:
        return redirect_to(DUTY_PAGES[presence.duty])
    return None


def _marked(access: Access) -> Callable[[Callable[P, R]], Callable[P, R]]:
    def wrap(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            _check(access)
            return view(*args, **kwargs)

        return mark(guarded, access)

    return wrap


def _check(access: Access) -> None:
    actor = current_actor()
    if access.permission is not None and not actor.may(access.permission):
        log.warning("page refused", extra={"officer": str(actor.id), "permission": access.permission.value})
        raise Forbidden(permission=access.permission.value)
    if access.step_up and not actor.stepped_up:
        raise StepUpNeeded


def lead_to(endpoint: str, *, back_to: str) -> Response:
    """Away to sign in or to step up, and back again afterwards."""
    target = url_for(endpoint, next=back_to or None)
    if request.headers.get("HX-Request") == "true":
        answer = Response(status=204)
        answer.headers["HX-Redirect"] = target
        return answer
    return current_app.make_response(redirect(target, code=303))
