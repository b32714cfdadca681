"""People with characters, and what they need to come in.

林 (lin) handles tickets for the bureau, 周 (zhou) administers it, 沈 (shen) audits, 陈 (chen) keeps the system;
郑 (zheng) of the vendor maintains, 吴 (wu) manages.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pyotp
import sqlalchemy as sa
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer

from server.core import clock, crypto
from server.core.db import db, session
from server.domain import identity
from server.domain.identity import Actor, Officer, Organisation, OrganisationKind, Role
from server.domain.identity.models.officers import SessionStage
from server.domain.identity.passwords import hash_password
from server.domain.identity.roles import replace_roles
from server.domain.identity.sessions import actor_of, start

PASSWORD = "Gui-lin 4 shan shui"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
BUREAU = "临江市市场监督管理局"
VENDOR = "云桥软件有限公司"
NAMES = {"lin": "林岚", "zhou": "周正", "shen": "沈静", "chen": "陈默", "zheng": "郑一鸣", "wu": "吴桐"}
USUAL_ROLES = {
    "lin": Role.BUREAU_HANDLER,
    "zhou": Role.BUREAU_ADMINISTRATOR,
    "shen": Role.BUREAU_AUDITOR,
    "chen": Role.SYSTEM_ADMINISTRATOR,
    "zheng": Role.VENDOR_MAINTAINER,
    "wu": Role.VENDOR_MANAGER,
}
BROWSER = "Mozilla/5.0 (the test's browser)"


@cache
def password_hash() -> str:
    """Of PASSWORD; hashed once, because it is slow on purpose."""
    return hash_password(PASSWORD)


def organisation(kind: OrganisationKind = OrganisationKind.BUREAU, name: str = "") -> Organisation:
    """The bureau, or a vendor; the same one for the same name."""
    name = name or (BUREAU if kind is OrganisationKind.BUREAU else VENDOR)
    found = session().scalar(sa.select(Organisation).where(Organisation.name == name))
    if found is None:
        found = Organisation(kind=kind, name=name)
        session().add(found)
        session().flush()
    return found


def officer(
    login: str = "lin",
    *,
    roles: Sequence[Role] | None = None,
    contract_id: uuid.UUID | None = None,
    of: Organisation | None = None,
    **values: Any,
) -> Officer:
    """An officer with a password and a second factor. Vendor's roles hold for ``contract_id`` (a made-up one if none).

    Without ``roles`` the character's usual one.
    """
    chosen = list(roles) if roles is not None else [USUAL_ROLES.get(login, Role.BUREAU_HANDLER)]
    is_vendor = any(role.per_contract for role in chosen)
    of = of or organisation(OrganisationKind.VENDOR if is_vendor else OrganisationKind.BUREAU)
    made = Officer(
        id=uuid.uuid4(),
        login=login,
        name=NAMES.get(login, login),
        organisation_id=of.id,
        password_hash=password_hash(),
        totp_confirmed_at=clock.now(),
    )
    made.totp_sealed = crypto.ring().seal(TOTP_SECRET, f"officers:totp_secret:{made.id}")
    for field, value in values.items():
        setattr(made, field, value)
    session().add(made)
    session().flush()
    contract_id = contract_id or (uuid.uuid4() if is_vendor else None)
    replace_roles(made, [(role, contract_id if role.per_contract else None) for role in chosen])
    return made


def actor(login: str = "lin", *, stepped_up: bool = False, **values: Any) -> Actor:
    """An officer as an actor, for verbs; the officer is made when there is none of that login."""
    found = session().scalar(sa.select(Officer).where(Officer.login == login)) or officer(login, **values)
    roles = identity.roles_of([found.id]).get(found.id, [])
    of = identity.find_organisation(found.organisation_id)
    made = actor_of(found, of, roles, address="192.0.2.10")
    return replace(made, stepped_up=stepped_up)


def totp_code(secret: str = TOTP_SECRET) -> str:
    """The code that the authenticator shows now."""
    return pyotp.TOTP(secret).at(clock.now())


def open_session(who: Officer) -> str:
    """A session of this officer, as if signed in just now; its secret."""
    of = identity.find_organisation(who.organisation_id)
    return start(who, of, SessionStage.COMPLETE, address="127.0.0.1", agent=BROWSER)


def signed_in(client: FlaskClient, who: Officer, *, stepped_up: bool = True) -> FlaskClient:
    """The client as this officer's browser: with a session, and with the CSRF token that its pages carry.

    ``stepped_up``: whether the password was given just now.
    """
    secret = open_session(who)
    if not stepped_up:
        session().execute(sa.update(identity.OfficerSession).values(stepped_up_at=None))
    client.set_cookie(client.application.extensions["console_cookie"], secret)
    return with_csrf(client)


def with_csrf(client: FlaskClient) -> FlaskClient:
    """The client with a CSRF token in its cookie, and in a header of every request, as htmx sends it."""
    raw = secrets.token_hex(20)
    app = client.application
    db.session.commit()
    with app.app_context(), client.session_transaction() as cookie:
        cookie["csrf_token"] = raw
    signer = URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="wtf-csrf-token")
    client.environ_base["HTTP_X_CSRFTOKEN"] = signer.dumps(raw)
    return client
