"""``shijian demo``: everything on one machine, with invented people; for a look, never for work."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser("demo", help="start service, worker and simulator on SQLite with demo data")
    parser.add_argument("--folder", type=Path, default=Path("var/demo"), help="its data (default: %(default)s)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run until Ctrl-C."""
    from server.jobs import demo  # noqa: PLC0415 - the demo's story is of no use to the other commands

    return demo.main(options.folder)
