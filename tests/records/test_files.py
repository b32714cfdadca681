"""Papers of the room: pictures and PDF only, seen with their record and never without."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from server.core import clock
from server.domain import records
from server.domain.records import FileNotFound, ReceiptKind
from server.gateways import papers
from server.gateways.papers import PaperRefused
from tests.factories.records import at, notice, vendor
from tests.factories.tickets import picture
from tests.records.conftest import House

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def test_evidence_of_receipt_is_kept_with_the_notice(house: House) -> None:
    with time_machine.travel(at("2025-09-26 10:00"), tick=False):
        made = notice(house.a)
        scan = records.take_paper(name="签收单.pdf", raw=PDF)
        photo = records.take_paper(name="../现场.png", raw=picture())
        records.receive(house.lin, made.id, by="林岚", kind=ReceiptKind.PAPER, uploads=[scan, photo])
        kept = records.files_of([made.id])
        assert [(each.file_name, each.mime) for each in kept] == [
            ("签收单.pdf", "application/pdf"),
            ("现场.png", "image/png"),
        ]
        found, pieces = records.read_file(vendor(house.a), kept[0].id)
        assert (found.id, b"".join(pieces)) == (kept[0].id, PDF)
        with pytest.raises(FileNotFound):
            records.read_file(house.stranger, kept[0].id)


@pytest.mark.parametrize(
    "raw", [b"", b"MZ\x90\0", b"<html><script>", b"PK\x03\x04word"], ids=["empty", "exe", "html", "zip"]
)
def test_other_kinds_are_refused(app: Any, raw: bytes) -> None:
    with pytest.raises(PaperRefused):
        records.take_paper(name="签收单.pdf", raw=raw)


def test_what_no_record_names_is_swept_and_the_rest_stays(house: House) -> None:
    made = notice(house.a)
    kept, lost = (records.take_paper(name="单.pdf", raw=PDF + tail) for tail in (b"1", b"2"))
    records.receive(house.lin, made.id, by="林岚", kind=ReceiptKind.PAPER, uploads=[kept])
    assert records.sweep_files(clock.now() - timedelta(hours=1)) == 0
    assert records.sweep_files(clock.now() + timedelta(hours=1)) >= 1
    assert b"".join(papers.stream("records", kept.key)) == PDF + b"1"
    with pytest.raises(Exception, match="文件不存在"):
        papers.stream("records", lost.key)
