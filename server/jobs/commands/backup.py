"""``shijian backup make|verify|restore``: copies of database and files."""

from __future__ import annotations

import argparse
from pathlib import Path

from server.core.db import unit
from server.domain import identity
from server.jobs import backup
from server.jobs.commands.operator import application, operator


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    parser = commands.add_parser("backup", help="copies of database and files")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="verb")
    makes = verbs.add_parser("make", help="copy a running installation; prints the copy's folder")
    makes.add_argument("folder", type=Path, help="where copies are kept")
    makes.set_defaults(run=run_make)
    for name, words, run in (
        ("verify", "check that a copy is whole", run_verify),
        ("restore", "fill an empty installation from a copy and walk its audit chain", run_restore),
    ):
        command = verbs.add_parser(name, help=words)
        command.add_argument("copy", type=Path, help="the copy's folder")
        command.set_defaults(run=run)


def run_make(options: argparse.Namespace) -> int:
    """Copy, and note it in the trail."""
    with application():
        made = backup.make(options.folder)
        with unit():
            identity.record(operator(), "backup.made", summary=f"备份 {made.name}")
    print(made)
    return 0


def run_verify(options: argparse.Namespace) -> int:
    """Say what the copy is."""
    with application():
        manifest = backup.verify(options.copy)
    print(
        f"备份完好：{manifest.made_at}，版本 {manifest.release}，审计 {manifest.audit_seq} 条，文件 {manifest.files} 个"
    )
    return 0


def run_restore(options: argparse.Namespace) -> int:
    """Restore, and note it in the trail."""
    with application():
        manifest = backup.restore(options.copy)
        with unit():
            identity.record(operator(), "backup.restored", summary=f"从 {manifest.made_at} 的备份恢复")
    print(
        f"已恢复：审计链完好，共 {manifest.audit_seq} 条；文件 {manifest.files} 个。版本不同时请再执行 shijian migrate。"
    )
    return 0
