"""Answers of the console: a page or its part, a toast, a way onward; and what every template can use."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal
from urllib.parse import urlencode

from flask import (
    Flask,
    Response,
    flash,
    g,
    get_flashed_messages,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from jinja2 import StrictUndefined

from server.admin import assets, filters, headers
from server.admin.countdown import countdown
from server.admin.headers import csp_nonce, security_headers
from server.admin.navigation import navigation_of, url_if
from server.core import clock

__all__ = ["csp_nonce", "install", "page", "problem", "redirect_to", "security_headers", "toast", "wants_part"]

Kind = Literal["success", "info", "warning", "danger"]


@dataclass(frozen=True)
class Toast:
    """A short message in the corner. With `undo_url` it stays ten seconds and offers 撤销 (a POST)."""

    message: str
    kind: Kind = "success"
    undo_url: str | None = None


def install(app: Flask, built: assets.Assets) -> None:
    """Gives the app the console's assets, filters, template globals and headers. Call it once, after CSRFProtect and
    before the console's blueprints."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    assets.install(app, built)
    filters.install(app)
    app.register_blueprint(headers.blueprint)
    if "csrf" in app.extensions:
        # Browsers send reports by themselves and know no token.
        app.extensions["csrf"].exempt(headers.blueprint)
    app.jinja_env.globals.update(
        clock_now=clock.now,
        countdown=countdown,
        csp_nonce=csp_nonce,
        navigation_of=navigation_of,
        pending_toasts=pending_toasts,
        url_if=url_if,
        url_with=url_with,
    )
    # Flask runs these last to first: toasts are handed over before the headers are set.
    app.after_request(security_headers)
    app.after_request(_hand_over_toasts)


def wants_part() -> bool:
    """Whether htmx asks for a fragment. A boosted link and a restored history entry need the whole page."""
    asked = request.headers
    return (
        asked.get("HX-Request") == "true"
        and "HX-Boosted" not in asked
        and "HX-History-Restore-Request" not in asked
        and asked.get("HX-Request-Type") != "full"
    )


def page(template: str, partial: str | None = None, /, *, status: int = 200, **context: Any) -> Response:
    """The whole page, or only `partial` when htmx asks for a part of it. Both get the same context."""
    chosen = partial if partial and wants_part() else template
    answer = make_response(render_template(chosen, **context), status)
    answer.vary.add("HX-Request")
    return answer


def redirect_to(endpoint: str, /, **values: Any) -> Response:
    """Onward after a successful POST: 303, or HX-Redirect, because fetch would follow a 303 behind htmx's back."""
    target = url_for(endpoint, **values)
    if request.headers.get("HX-Request") != "true":
        return make_response(redirect(target, code=303))
    answer = make_response("", 204)
    answer.headers["HX-Redirect"] = target
    return answer


def toast(message: str, kind: Kind = "success", *, undo_url: str | None = None) -> None:
    """Shows a message with this answer, or on the next page when this answer only leads there."""
    g.setdefault("toasts", []).append(asdict(Toast(message, kind, undo_url)))


def pending_toasts() -> list[dict[str, Any]]:
    """For the layout: what an earlier answer left behind and what this one has to say, handed out once."""
    earlier = [json.loads(str(each)) for each in get_flashed_messages(category_filter=["toast"])]
    return [*earlier, *g.pop("toasts", [])]


def problem(status: int, title: str, message: str, *, trace_id: str = "", hint: str = "") -> Response:
    """The answer to an error: htmx keeps the page as it is and shows a toast, else the plain error page."""
    if wants_part():
        toast(f"{title}：{message}" if message else title, "danger")
        answer = make_response("", status)
        answer.headers["HX-Reswap"] = "none"
        return answer
    context = {"status": status, "title": title, "message": message, "trace_id": trace_id, "hint": hint}
    return make_response(render_template("error.html", **context), status)


def url_with(**changes: Any) -> str:
    """The address of this page with some query arguments changed; None takes one away. Page 1 is not spelled out."""
    arguments: dict[str, Any] = {**request.args.to_dict(flat=False), **changes}
    kept = {name: value for name, value in arguments.items() if value not in (None, "", [], [""])}
    if kept.get("page") == 1:
        del kept["page"]
    # Joined here, not by url_for: an address may hold names that are url_for's own (endpoint, _scheme).
    path = url_for(request.endpoint or "", **(request.view_args or {}))
    return f"{path}?{urlencode(kept, doseq=True)}" if kept else path


def _hand_over_toasts(response: Response) -> Response:
    """To htmx as an event in a header (ASCII, as headers must be), otherwise through the session to the next page."""
    toasts: list[dict[str, Any]] = g.pop("toasts", [])
    if not toasts:
        return response
    if request.headers.get("HX-Request") == "true" and "HX-Redirect" not in response.headers:
        named = response.headers.get("HX-Trigger", "")
        events = json.loads(named) if named.startswith("{") else {name.strip(): {} for name in named.split(",") if name}
        response.headers["HX-Trigger"] = json.dumps({**events, "toasts": {"items": toasts}})
    else:
        for each in toasts:
            flash(json.dumps(each), "toast")
    return response
