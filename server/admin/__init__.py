"""The officers' face: pages and fragments under /admin."""

from __future__ import annotations

import importlib
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from flask import Flask

import server
from server.admin import access, assets, gallery, pages, traces
from server.admin.agents import browser
from server.admin.banners import Banners, Bell
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
    "flags",
    "flag_edit",
    "flag_segments",
    "releases",
    "release",
    "release_steps",
    "release_versions",
    "release_keys",
    "wechat_platform",
    "flag_revisions",
    "flag_history",
    "flag_requests",
    "flag_promotion",
    "flag_play",
    "flag_exchange",
    "flag_keys",
    "flag_stale",
    "flag_policy",
    "contract_entry",
    "supplements",
    "ticket_desk",
    "ticket_bulk",
    "canned_texts",
    "acceptances",
    "acceptance_steps",
    "upkeep",
    "upkeep_entry",
    "upkeep_exports",
    "inspections",
    "inspection_steps",
    "checklists",
    "contingency",
    "record_steps",
    "records",
    "service_records",
    "payments",
    "payment",
    "payees",
    "penalties",
    "rectification",
    "matters",
    "staff",
    "staff_actions",
    "staff_replacements",
    "staff_subcontracts",
    "duty",
    "duty_shifts",
    "duty_calls",
    "documents",
    "document_box",
    "document_steps",
    "document_numbers",
    "document_runs",
    "document_templates",
    "document_signing",
    "agreements",
    "verify",
    "deliverables",
    "deliverable",
    "agenda",
    "agenda_alerts",
    "agenda_feed",
    "agenda_rules",
    "knowledge",
    "knowledge_edit",
    "referrals",
    "referral_sheets",
    "sheet_papers",
    "referral_requirements",
    "referral_applications",
    "referral_liaison",
    "secrecy",
    "secrecy_promises",
    "secrecy_handovers",
    "secrecy_incidents",
    "secrecy_traces",
    "trainings",
    "training",
    "training_steps",
    "reports",
    "report",
]


def install(app: Flask, settings: Settings) -> None:
    """Put the console into the application: policy, cookies, guard, templates, pages."""
    identity.govern(officer_policy(settings))
    access.install(app, settings)
    traces.install(app)
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
        return {
            "actor": actor,
            "settings_public": public,
            "banners": Banners(actor),
            "bell": Bell(actor),
            "now": clock.now(),
        }


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
