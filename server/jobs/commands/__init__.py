"""The operator's commands: ``shijian <command>``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from sqlalchemy.exc import DBAPIError

from server.core.errors import ShijianError
from server.jobs.commands import audit, backup, demo, jobs, keys, papers, schema, setup, verify, worker
from server.settings import BadSettings

GROUPS = (worker, schema, setup, keys, audit, jobs, backup, verify, papers, demo)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 refused, 2 bad use or bad settings; ``verify`` has more."""
    parser = argparse.ArgumentParser(prog="shijian", description="市监：运维命令")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for group in GROUPS:
        group.add_to(commands)
    options = parser.parse_args(argv)
    try:
        status: int = options.run(options)
    except BadSettings as error:
        print(error, file=sys.stderr)
        return 2
    except DBAPIError as error:
        print(f"数据库不可用，或尚未执行 shijian migrate：{error.orig}", file=sys.stderr)
        return 1
    except ShijianError as error:
        print(error.text, file=sys.stderr)
        return 1
    return status
