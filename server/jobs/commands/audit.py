"""``shijian audit verify``: walk the whole audit chain."""

from __future__ import annotations

import argparse
import sys

from server.core.db import reading, unit
from server.domain import identity
from server.domain.identity import Anchor
from server.jobs.commands.operator import application, operator


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    parser = commands.add_parser("audit", help="the audit trail")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="verb")
    verify = verbs.add_parser("verify", help="walk the chain; exit status 1 names the first bad row")
    verify.add_argument(
        "--anchor", type=_anchor, metavar="SEQ:HASH", help="a place of the chain noted at an earlier time"
    )
    verify.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Say whether the chain holds, and where it ends: a good anchor for the next time."""
    with application():
        with reading():
            fault = identity.verify_audit(options.anchor)
            head = identity.audit_head()
        summary = f"审计链在第 {fault.seq} 条发现异常：{fault.reason}" if fault else f"审计链完好，共 {head.seq} 条"
        with unit():
            result = "failed" if fault else "ok"
            identity.record(operator(), "audit.checked", summary=summary, result=result)
    print(summary, file=sys.stderr if fault else sys.stdout)
    print(f"anchor {head.seq}:{head.hash}")
    return 1 if fault else 0


def _anchor(text: str) -> Anchor:
    number, _, digest = text.partition(":")
    try:
        return Anchor(int(number), digest)
    except ValueError:
        raise argparse.ArgumentTypeError("an anchor is SEQ:HASH") from None
