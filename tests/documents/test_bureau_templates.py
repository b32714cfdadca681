"""A template that is broken, hostile or lacks a placeholder: said clearly, nothing kept, and nothing issued with it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain import documents
from server.domain.documents import Document, DocumentTemplate
from server.gateways import office
from server.gateways.storage import contents_of
from tests.factories.documents import FORM, issued

RELATION = (
    '<Relationship Id="rX" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" '
    'Target="http://evil.invalid/x" TargetMode="External"/></Relationships>'
)
RELS = "word/_rels/document.xml.rels"


def bent(added: Mapping[str, bytes] = {}, *, old: str = "", new: str = "", member: str = "word/document.xml") -> bytes:
    """The form's own template with members added, or words changed."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(office.default_template(FORM))) as before,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in before.namelist():
            raw = before.read(name)
            after.writestr(name, raw.replace(old.encode(), new.encode()) if old and name == member else raw)
        for name, raw in added.items():
            after.writestr(name, raw)
    return out.getvalue()


def kept() -> set[str]:
    return set(contents_of("documents").older_than(clock.now() + timedelta(days=1)))


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "文件是空的"),
        (b"PK\x03\x04 broken", "不是有效的 Word 文档"),
        (bent({"word/vbaProject.bin": b"macro"}), "宏"),
        (bent({"word/media/bomb.bin": b"\0" * 20_000_000}), "压缩炸弹"),
        (bent(old="</Relationships>", new=RELATION.format("image"), member=RELS), "外部图片"),
        (bent(old="</Relationships>", new=RELATION.format("attachedTemplate"), member=RELS), "附加模板"),
        (bent(old="{{ 编号 }}", new="（编号）"), "缺少文书编号"),
        (bent(old="{{ 编号 }}", new="{{ 编号"), "括号不配对"),
    ],
    ids=["empty", "broken", "macro", "bomb", "outside-picture", "outside-template", "no-number", "unpaired"],
)
def test_it_is_refused_with_its_reason_and_nothing_comes_of_it(around: Any, raw: bytes, said: str) -> None:
    before, number = kept(), session().scalar(sa.select(sa.func.count()).select_from(Document))
    with pytest.raises(documents.TemplateRefused) as refused:
        documents.take_template("test.note", name="局方模板.docx", raw=raw)
    assert said in "".join(refused.value.fields["upload"])
    assert session().scalar(sa.select(sa.func.count()).select_from(DocumentTemplate)) == 0
    assert session().scalar(sa.select(sa.func.count()).select_from(Document)) == number
    assert kept() == before
    assert issued(around.lin, around.ours).template_id is None
