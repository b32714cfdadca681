"""``shijian papers-sheet``: every kind that has a document comes out on a sheet; the rest is named."""

from __future__ import annotations

import argparse
import io
from contextlib import nullcontext

from PIL import Image

from server.jobs.commands import papers
from tests.factories.documents import issued


def test_a_sheet_has_what_there_is_and_names_what_is_missing(around, session, tmp_path, monkeypatch, capsys):
    issued(around.lin, around.ours, what="短")
    issued(around.lin, around.ours, rows=[{"name": f"第 {row} 行", "count": "1"} for row in range(80)])
    # each kind is read in a unit of its own, and such a unit ends with a rollback
    session.commit()
    monkeypatch.setattr(papers, "application", nullcontext)
    assert papers.run(argparse.Namespace(out=tmp_path / "sheets", samples=False)) == 0
    told = capsys.readouterr()
    assert told.out.splitlines() == [str(tmp_path / "sheets" / "sheet-1.png")]
    assert "：没有文书" in told.err
    assert "CS 测试记录单" not in told.err
    with Image.open(io.BytesIO((tmp_path / "sheets" / "sheet-1.png").read_bytes())) as sheet:
        assert sheet.width > 2000
