"""``shijian migrate`` and ``shijian check-config``."""

from __future__ import annotations

import argparse

import flask_migrate

from server.jobs.commands.operator import application
from server.settings import Settings


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    migrate = commands.add_parser("migrate", help="bring the database to this release")
    migrate.add_argument("--to", default="head", help="revision (default: %(default)s)")
    migrate.set_defaults(run=run_migrate)
    check = commands.add_parser("check-config", help="name every fault of the settings, or none")
    check.set_defaults(run=run_check)


def run_migrate(options: argparse.Namespace) -> int:
    """Upgrade the schema; safe to repeat."""
    with application():
        flask_migrate.upgrade(revision=options.to)
    return 0


def run_check(_options: argparse.Namespace) -> int:
    """Read the settings as the service does and say what they amount to, without secrets."""
    settings = Settings.from_env()
    print(f"配置有效：{settings.profile.label}环境，{settings.base_url}，任务引擎：{settings.queue.label}")
    return 0
