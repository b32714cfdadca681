"""``shijian setup-code``: the one-time code that opens the first-run wizard."""

from __future__ import annotations

import argparse

from server.core.db import unit
from server.domain import identity
from server.jobs.commands.operator import application, operator


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser("setup-code", help="print the code of the first-run wizard (valid 30 minutes)")
    parser.set_defaults(run=run)


def run(_options: argparse.Namespace) -> int:
    """Print a fresh code; refused once an officer exists."""
    with application() as app:
        with unit():
            code = identity.issue_setup_code()
            identity.record(operator(), "setup_code.issued", summary="在服务器上生成了初始化码")
        print(
            f"初始化码（30 分钟内有效，只显示这一次）：{code}\n打开 {app.config['SETTINGS'].base_url}/admin/setup 使用"
        )
    return 0
