"""``shijian papers-sheet OUT``: one document of every kind on contact sheets, for looking through all papers at once."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from flask import current_app

from server.core.db import reading, session
from server.core.errors import ShijianError
from server.domain import documents
from server.domain.documents import STANDING, Document
from server.domain.identity import SCHEDULER
from server.gateways import office
from server.gateways.office.layout import Filled
from server.jobs.commands.operator import application
from server.settings import Settings

PER_SHEET = 18
MOST_PAGES = 4


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser("papers-sheet", help="draw one document of every kind on contact sheets")
    parser.add_argument("out", type=Path, metavar="OUT", help="a folder; sheet-1.png, sheet-2.png … are written there")
    parser.add_argument("--samples", action="store_true", help="also kinds without a document, with made-up content")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Draw them; exit status 1 if a kind could not be set."""
    options.out.mkdir(parents=True, exist_ok=True)
    with application():
        settings: Settings = current_app.config["SETTINGS"]
        leaves, faults = [], 0
        for label, filled in _papers(settings.base_url, samples=options.samples):
            try:
                pages = office.images_of(office.pdf(filled))
            except ShijianError as refused:
                print(f"{label}：{refused.text}", file=sys.stderr)
                faults += 1
                continue
            leaves += [(f"{label} {at}/{len(pages)}", raw) for at, raw in enumerate(pages[:MOST_PAGES], start=1)]
    for at in range(0, len(leaves), PER_SHEET):
        path = options.out / f"sheet-{at // PER_SHEET + 1}.png"
        path.write_bytes(office.contact_sheet(leaves[at : at + PER_SHEET]))
        print(path)
    return 1 if faults else 0


def _papers(base_url: str, *, samples: bool) -> Iterator[tuple[str, Filled]]:
    """A document of each kind: the longest of the newest, because it shows most."""
    for kind in documents.kinds():
        with reading():
            query = documents.matching(SCHEDULER).where(Document.kind == kind.code, Document.state.in_(STANDING))
            found = list(session().scalars(query.limit(20)))
            longest = max(found, key=lambda document: len(str(document.content)), default=None)
            filled = documents.filled(longest, base_url=base_url) if longest is not None else None
        if filled is not None:
            yield f"{kind.prefix} {kind.label}", filled
        elif samples:
            yield f"{kind.prefix} {kind.label}（示例）", documents.sample_of(kind)
        else:
            print(f"{kind.prefix} {kind.label}：没有文书", file=sys.stderr)
