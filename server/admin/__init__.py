"""The officers' face: pages and fragments under /admin."""

from __future__ import annotations

import importlib
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from flask import Flask

import server
from server.admin import access, assets, gallery, pages
from server.admin.agents import browser
from server.admin.banners import Banners
from server.admin.voice import refuse
from server.core import clock
from server.domain import identity
from server.domain.identity import PASSWORD_RULES, OfficerPolicy
from server.settings import Profile, Settings

__all__ = ["BLUEPRINTS", "install", "refuse"]

# Modules under server.admin, each with a ``blueprint``.
BLUEPRINTS = [
    "session",
    "setup",
    "account",
    "dashboard",
    "tickets",
    "ticket",
    "ticket_actions",
    "intake",
    "exports",
    "search",
    "data_requests",
    "privacy",
    "system",
    "people",
    "organisations",
    "tokens",
    "audit",
    "calendar",
    "contracts",
    "jobs",
    "notices",
    "outbox",
    "app_config",
]


def install(app: Flask, settings: Settings) -> None:
    """Put the console into the application: policy, cookies, guard, templates, pages."""
    identity.govern(officer_policy(settings))
    access.install(app, settings)
    pages.install(app, _assets(settings))
    app.jinja_env.filters["browser"] = browser
    for name in BLUEPRINTS:
        app.register_blueprint(importlib.import_module(f"server.admin.{name}").blueprint)
    if settings.profile is not Profile.PRODUCTION:
        gallery.install(app)
    public = public_settings(settings)

    @app.context_processor
    def shared() -> dict[str, Any]:
        actor = access.maybe_actor()
        return {"actor": actor, "settings_public": public, "banners": Banners(actor), "now": clock.now()}


def officer_policy(settings: Settings) -> OfficerPolicy:
    """The officers' rules as the settings have them."""
    return OfficerPolicy(
        passwords=PASSWORD_RULES[settings.password_profile.value],
        two_factor_required=settings.two_factor_required,
        idle=timedelta(minutes=settings.session_idle_minutes),
        absolute=timedelta(hours=settings.session_hours),
        vendor_absolute=timedelta(hours=settings.vendor_session_hours),
        step_up=timedelta(minutes=settings.step_up_minutes),
        organisation_words=(settings.bureau_name,),
    )


def public_settings(settings: Settings) -> SimpleNamespace:
    """What every page may show of the settings."""
    return SimpleNamespace(
        bureau_name=settings.bureau_name,
        version=server.__version__,
        demo=settings.profile is Profile.DEMO,
        simulator_url=settings.simulator_url,
    )


def _assets(settings: Settings) -> assets.Assets:
    """The built assets. Tests of Python need no Node, so that there the names are enough."""
    try:
        return assets.load_assets()
    except assets.AssetsMissing:
        if settings.profile is not Profile.TEST:
            raise
        return assets.stub_assets()
