"""Where the service is put together, and nowhere else: settings, database, faces, errors."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Request, Response, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_migrate import Migrate
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from server import __version__, admin, api, jobs
from server.core import crypto, db, logs, tallies
from server.core.errors import Conflict, ShijianError, Unavailable
from server.gateways import faults, metrics, storage, wechat
from server.gateways.office import fonts
from server.settings import PushSafety, Settings

log = logging.getLogger(__name__)
access = logging.getLogger("server.access")

MIGRATIONS = str(Path(__file__).parents[1] / "migrations")
READS = frozenset({"GET", "HEAD", "OPTIONS"})
MACHINES = frozenset({"/healthz", "/readyz", "/metrics"})


class ConsoleSessions(SecureCookieSessionInterface):
    """Cookies are the console's; to the API they do not exist."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The cookie's session for the console, none (an empty, unwritable one) for programs."""
        return None if speaks_json(request.path) else super().open_session(app, request)


class Service(Flask):
    """The application; a view's answer and the end of its unit of work are one step, so a failed commit is an error."""

    session_interface = ConsoleSessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself: none of ours is a coroutine, and Flask asks nine times a request."""
        return func

    def dispatch_request(self) -> ResponseReturnValue:
        """Answer, then commit if the answer is below 400 and the method writes; otherwise roll back."""
        response = self.make_response(super().dispatch_request())
        db.settle_request(keep=response.status_code < 400)  # noqa: PLR2004 - the border between done and refused
        return response


def create_app(settings: Settings | None = None) -> Service:
    """The service as gunicorn, the worker and the tests run it."""
    settings = settings or Settings.from_env()
    app = Service(__name__, static_folder=None)
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=settings.upload_max_bytes + 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        MAX_FORM_PARTS=200,
        TESTING=settings.profile.value == "test",
        PROPAGATE_EXCEPTIONS=False,
        TRAP_HTTP_EXCEPTIONS=False,
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it, its base class does not
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # as above
    if settings.sentry_dsn:
        faults.install(settings.sentry_dsn, release=__version__, environment=settings.profile.value)
    db.init(app, url=settings.database, timeout_ms=settings.database_timeout_ms)
    take_process(app)
    Migrate(app, db.db, directory=MIGRATIONS)
    if told := fonts.missing():
        log.error("no fonts for papers: %s", told)
    _open_requests(app)
    for face in (api, admin, jobs):
        face.install(app, settings)
    if settings.trusted_proxies:
        # Outermost: who a request comes from matters to what stands in front of Flask as well.
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # Flask's own advice
    _answer_errors(app)
    return app


def take_process(app: Service) -> None:
    """Make the application's keys, files, WeChat and counts the process's own: where there are several, of the last."""
    settings: Settings = app.config["SETTINGS"]
    crypto.install(settings.key_ring())
    storage.install(settings.data_dir / "files")
    connect_wechat(settings)
    tallies.configure(every=settings.tally_seconds, most=settings.tally_keys, context=app.app_context)


def connect_wechat(settings: Settings) -> None:
    """Make the settings' mini program, and its platform if there is one, the process's own."""
    mini = _mini_program(settings)
    wechat.configure(mini, _platform(settings, mini))


def _mini_program(settings: Settings) -> wechat.WechatConfig:
    return wechat.WechatConfig(
        appid=settings.wechat_appid,
        secret=settings.wechat_secret,
        base_url=settings.wechat_base_url,
        push_token=settings.wechat_token,
        push_aes_key=settings.wechat_aes_key,
        push_safe=settings.wechat_push_safety is PushSafety.SAFE,
        miniprogram_state=settings.wechat_state.value,
        timeout=settings.wechat_timeout_seconds,
    )


def _platform(settings: Settings, mini: wechat.WechatConfig) -> wechat.PlatformConfig | None:
    if not settings.wechat_platform_appid:
        return None
    return wechat.PlatformConfig(
        appid=settings.wechat_platform_appid,
        secret=settings.wechat_platform_secret,
        token=settings.wechat_platform_token,
        aes_key=settings.wechat_platform_aes_key,
        mini=mini,
    )


def _open_requests(app: Service) -> None:
    @app.before_request
    def begin() -> None:
        logs.begin_request(request.headers.get("X-Request-Id", ""))
        g.started = time.perf_counter()
        db.begin_request(writes=request.method not in READS)

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers["X-Request-Id"] = logs.request_id.get()
        route = request.url_rule.rule if request.url_rule else "-"
        seconds = time.perf_counter() - g.get("started", time.perf_counter())
        status = response.status_code
        metrics.count_request(method=request.method, route=route, status=status, seconds=seconds)
        access.info(
            "request",
            extra={"method": request.method, "route": route, "status": status, "ms": round(seconds * 1000, 1)},
        )
        return response


def speaks_json(path: str) -> bool:
    """Whether an address belongs to programs: the API, OFREP, and the addresses of supervisors."""
    return path.startswith(("/api/", "/ofrep/")) or path in MACHINES


def _answer_errors(app: Service) -> None:
    """Every refusal ends here, is rolled back (or kept, if its trace must survive), and is told by the face's voice."""

    def tell(error: ShijianError | HTTPException) -> ResponseReturnValue:
        db.settle_request(keep=getattr(error, "keeps", False))
        return api.refuse(error) if speaks_json(request.path) else admin.refuse(error)

    app.register_error_handler(ShijianError, tell)
    app.register_error_handler(HTTPException, tell)

    @app.errorhandler(DBAPIError)
    def database_trouble(error: DBAPIError) -> ResponseReturnValue:
        log.warning("database refused", exc_info=error)
        db.settle_request(keep=False)
        return tell(_as_refusal(error))

    @app.errorhandler(PoolTimeout)
    def no_connection(error: PoolTimeout) -> ResponseReturnValue:
        log.warning("no database connection", exc_info=error)
        return tell(Unavailable())

    @app.errorhandler(Exception)
    def fault(error: Exception) -> ResponseReturnValue:
        log.error("unexpected error", exc_info=error)
        db.settle_request(keep=False)
        return tell(_Fault())


class _Fault(ShijianError):
    """Our own mistake, told without its particulars."""

    code = "internal_error"
    message = "系统内部错误，已记录。请稍后再试。"


def _as_refusal(error: DBAPIError) -> ShijianError:
    """A lost race is a conflict to be tried again; a database that is away is unavailable; the rest is a fault."""
    text = str(error.orig).lower()
    if type(error).__name__ == "IntegrityError":
        return Conflict()
    if type(error).__name__ in ("OperationalError", "InterfaceError", "InternalError") or "lock" in text:
        return Unavailable()
    return _Fault()
