"""The frame of every API view: decorators say the contract, and one fixed order of steps keeps it.

    @blueprint.post("/tickets")
    @needs_citizen
    @limited("10/minute")
    @idempotent
    @takes(NewTicket)
    @gives(TicketOut, status=201)
    @fails(tickets.TooManyOpen)
    def new(actor: Actor, body: Body) -> Any:
        \"\"\"Report a problem.\"\"\"

Decorators only note what they are told, so their order does not matter; ``blueprint.get/post/put/delete`` comes first.
A view is called with keywords: the parts of its path, ``actor``, ``body`` and ``query`` (dicts that the schemas loaded)
and ``file`` (an upload), each only if the view names it. It returns what its ``gives`` schema dumps, or a ``Page``, or
JSON that is already ``bytes``, or a whole ``Response``; or a pair of that and extra headers.

The steps: who calls, is the version still served, rate limits, query, body, idempotency, view, answer. Nothing is
written, and on SQLite no writing transaction begins, before the body is read and found right.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import timedelta
from functools import update_wrapper
from typing import Any, overload

from flask import Response

from server.api import answers, bodies, callers, replays
from server.api.answers import conditional
from server.api.callers import address, current_actor
from server.api.contract import Access, Contract, Idempotency, Limit
from server.api.schemas import Nothing, PageQuery, Schema
from server.core import idempotency
from server.core.errors import ShijianError
from server.domain.identity import Permission

__all__ = [
    "Body",
    "Endpoint",
    "address",
    "any_version",
    "conditional",
    "current_actor",
    "fails",
    "gives",
    "gives_bytes",
    "gives_page",
    "idempotent",
    "limited",
    "needs_citizen",
    "needs_token",
    "open_to_all",
    "optional_citizen",
    "query",
    "takes",
    "takes_file",
]

Body = dict[str, Any]
View = Callable[..., Any]


class Endpoint:
    """A view with its contract; Flask calls it like any view function."""

    __name__: str

    def __init__(self, view: View) -> None:
        update_wrapper(self, view)
        self.view = view
        self.contract = Contract()
        self._wanted = frozenset(inspect.signature(view).parameters)
        summary, _, description = (inspect.getdoc(view) or "").partition("\n")
        self.contract.summary, self.contract.description = summary, description.strip()

    def __call__(self, **path: Any) -> Response:
        contract = self.contract
        actor = callers.identify(contract)
        callers.check_version(contract)
        callers.check_limits(contract, actor)
        given: dict[str, Any] = {"actor": actor}
        if contract.query is not None:
            given["query"] = bodies.read_query(contract.query)
        if contract.body is not None or contract.file_field:
            given["body"], given["file"] = bodies.read_body(contract)
        given = {name: value for name, value in given.items() if name in self._wanted}

        def run() -> Response:
            return answers.render(self.view(**path, **given), contract)

        if contract.idempotency is None:
            return run()
        return replays.once(contract.idempotency, actor, given.get("body"), run)


def _noted(view: View | Endpoint) -> Endpoint:
    return view if isinstance(view, Endpoint) else Endpoint(view)


def _note(**promises: Any) -> Callable[[View | Endpoint], Endpoint]:
    def decorate(view: View | Endpoint) -> Endpoint:
        endpoint = _noted(view)
        for name, value in promises.items():
            setattr(endpoint.contract, name, value)
        return endpoint

    return decorate


def needs_citizen(view: View | Endpoint) -> Endpoint:
    """A signed-in citizen, by bearer token; 401 without one."""
    return _note(access=Access.CITIZEN)(view)


def open_to_all(view: View | Endpoint) -> Endpoint:
    """Anyone; a token is not even looked at. The actor is ANONYMOUS with the caller's address."""
    return _note(access=Access.OPEN)(view)


@overload
def optional_citizen(view: View | Endpoint) -> Endpoint: ...


@overload
def optional_citizen(*, when: Callable[[], bool]) -> Callable[[View | Endpoint], Endpoint]: ...


def optional_citizen(
    view: View | Endpoint | None = None, *, when: Callable[[], bool] | None = None
) -> Endpoint | Callable[[View | Endpoint], Endpoint]:
    """Anyone; a token, where one is sent, must be good. Looking it up costs a query: ``when`` says whether it matters."""
    decorate = _note(access=Access.OPTIONAL_CITIZEN, asks_who=when)
    return decorate(view) if view is not None else decorate


def needs_token(permission: Permission) -> Callable[[View | Endpoint], Endpoint]:
    """An API token whose scope holds this permission."""
    return _note(access=Access.TOKEN, permission=permission)


def any_version(view: View | Endpoint) -> Endpoint:
    """Served to mini programs of any age: the lowest version served does not apply."""
    return _note(any_version=True)(view)


def takes(schema: type[Schema]) -> Callable[[View | Endpoint], Endpoint]:
    """A JSON body of this schema, handed over as ``body``."""
    return _note(body=schema())


def takes_file(name: str, schema: type[Schema] | None = None) -> Callable[[View | Endpoint], Endpoint]:
    """A multipart body with one file, handed over as ``file``; its other fields as ``body``, if a schema is given."""
    return _note(file_field=name, body=schema() if schema else None)


def query(schema: type[Schema]) -> Callable[[View | Endpoint], Endpoint]:
    """A query string of this schema, handed over as ``query``."""
    return _note(query=schema())


def gives(
    schema: type[Schema] | None, *, status: int = 200, etag: bool = False
) -> Callable[[View | Endpoint], Endpoint]:
    """An answer of this schema, or an empty one (204) without; ``etag`` adds an ETag and answers 304 where it fits."""
    return _note(answer=schema() if schema else None, status=status if schema else 204, etag=etag)


def gives_page(
    schema: type[Schema], *, etag: bool = False, spell: Callable[[Any], dict[str, Any]] | None = None
) -> Callable[[View | Endpoint], Endpoint]:
    """A page ``{items, next}`` of rows of this schema; the view returns a ``Page`` and takes ``PageQuery``.

    ``spell`` writes a row out in the schema's place where a list is read all the time; a test holds the two together.
    """

    def decorate(view: View | Endpoint) -> Endpoint:
        endpoint = _note(answer=schema(), paged=True, spell=spell, etag=etag)(view)
        endpoint.contract.query = endpoint.contract.query or PageQuery()
        return endpoint

    return decorate


def gives_bytes(media_type: str) -> Callable[[View | Endpoint], Endpoint]:
    """A file of this type; the view returns a whole ``Response``."""
    return _note(answer=Nothing(), media_type=media_type)


def fails(*errors: type[ShijianError]) -> Callable[[View | Endpoint], Endpoint]:
    """Refusals that a caller should be ready for, beside those that follow from the other decorators."""

    def decorate(view: View | Endpoint) -> Endpoint:
        endpoint = _noted(view)
        endpoint.contract.fails.extend(errors)
        return endpoint

    return decorate


def limited(rules: str, *, by_address: bool = False, shared: str = "") -> Callable[[View | Endpoint], Endpoint]:
    """No more than ``rules`` (``20/minute;200/day``) for each caller, or for each address; 429 with Retry-After."""

    def decorate(view: View | Endpoint) -> Endpoint:
        endpoint = _noted(view)
        endpoint.contract.limits.append(Limit(rules, by_address, shared))
        return endpoint

    return decorate


@overload
def idempotent(view: View | Endpoint) -> Endpoint: ...


@overload
def idempotent(
    *, kept: timedelta = ..., calls_out: bool = ..., caller_field: str = ...
) -> Callable[[View | Endpoint], Endpoint]: ...


def idempotent(
    view: View | Endpoint | None = None,
    *,
    kept: timedelta = idempotency.KEPT,
    calls_out: bool = False,
    caller_field: str = "",
) -> Endpoint | Callable[[View | Endpoint], Endpoint]:
    """``Idempotency-Key`` is needed; a repeated request gets the first answer again (see ``replays``).

    ``calls_out``: the view talks to WeChat before its first statement. ``caller_field``: a secret of the body by which
    an anonymous caller is known, instead of the address.
    """
    decorate = _note(idempotency=Idempotency(kept, calls_out, caller_field))
    return decorate(view) if view is not None else decorate
