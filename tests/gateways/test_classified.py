"""Files that bear the mark of a state secret are known by name, properties and text; ordinary ones pass; bombs are bounded."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from server.gateways import classified, papers, storage
from server.gateways.classified import ClassifiedUpload
from tests.factories import marked

MARKED = {
    "docx first line": ("方案.docx", lambda: marked.word("机密★10年", "正文")),
    "docx alone": ("方案.docx", lambda: marked.word("000012", "秘密", "关于……的通知")),
    "docx header": ("方案.docx", lambda: marked.word("正文", header="绝密★启用前")),
    "docx keywords": ("方案.docx", lambda: marked.word("正文", properties={"keywords": "运维；机密"})),
    "docx category": ("方案.docx", lambda: marked.word("正文", properties={"category": "秘密"})),
    "docx custom": ("方案.docx", lambda: marked.custom(marked.word("正文"), "机密")),
    "docx table in runs": ("方案.docx", lambda: marked.word_table("密级", "机密")),
    "docx embedded": (
        "方案.docx",
        lambda: marked.with_member(marked.word("正文"), "word/embeddings/a.docx", marked.word("机密★")),
    ),
    "xlsx cell": ("表.xlsx", lambda: marked.sheet(("名称",), ("甲",), ("密级：秘密",))),
    "xlsx first row": ("表.xlsx", lambda: marked.sheet(("机密",), ("名称",))),
    "xlsx printed header": ("表.xlsx", lambda: marked.sheet(("名称",), title="机密★10年")),
    "xlsx subject": ("表.xlsx", lambda: marked.sheet(("名称",), subject="秘密")),
    "pdf text": ("通知.pdf", lambda: marked.pdf("机密★10年\n关于某事的通知")),
    "pdf alone on page 2": ("通知.pdf", lambda: marked.pdf("封面", "秘密\n正文")),
    "pdf keywords": ("通知.pdf", lambda: marked.pdf("正文", keywords="机密")),
    "pdf xmp": ("通知.pdf", lambda: marked.pdf("正文", xmp="密级：机密")),
    "jpeg exif": ("图.jpg", lambda: marked.picture(exif={0x9C9E: "机密".encode("utf-16-le"), 270: "map"})),
    "png text": ("图.png", lambda: marked.picture("PNG", text={"Description": "秘密★"})),
    "csv": ("名单.csv", lambda: "密级：机密\n姓名,电话\n".encode("gb18030")),
    "txt": ("说明.txt", "机密\n说明".encode),
    "name only, unreadable": ("【绝密】方案.pdf", lambda: b"%PDF-1.7 broken"),
}
ORDINARY = {
    "docx": ("保密承诺书.docx", lambda: marked.word("保密承诺书", "对商业秘密、个人秘密保密。国家秘密不得上传。")),
    "docx quoting": ("规定.docx", lambda: marked.word("标有“秘密★10年”的文件不得上传", "机密性要求")),
    "xlsx register": ("登记表.xlsx", lambda: marked.sheet(("登记表",), ("编号", "密级"), ("1", "内部"), ("2", "秘密"))),
    "pdf": ("巡检单.pdf", lambda: marked.pdf("巡检单\n机密性检查：合格", keywords="运维,巡检")),
    "picture": ("图.jpg", lambda: marked.picture(exif={270: "机房"})),
    "broken": ("图.pdf", lambda: b"%PDF-1.7 broken"),
    "broken zip": ("表.xlsx", lambda: b"PK\x03\x04" + b"\0" * 40),
}


@pytest.mark.parametrize("case", MARKED)
def test_marked(case: str) -> None:
    name, make = MARKED[case]
    with pytest.raises(ClassifiedUpload) as refused:
        classified.refuse(name=name, raw=make())
    assert refused.value.code == "classified_upload"
    assert "未保存" in refused.value.fields["upload"][0]


@pytest.mark.parametrize("case", ORDINARY)
def test_ordinary(case: str) -> None:
    name, make = ORDINARY[case]
    classified.refuse(name=name, raw=make())


def test_nothing_is_kept_and_the_refusal_is_told_once(tmp_path: Path) -> None:
    before = list(storage._installed)
    storage._installed[:] = [storage.Storage(tmp_path)]
    try:
        classified.watch()
        with pytest.raises(ClassifiedUpload):
            papers.keep("records", name="方案.docx", raw=marked.word("机密★10年"))
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    finally:
        storage._installed[:] = before
    (told,) = classified.refusals()
    assert (told.level, told.where) == ("机密", "正文")
    assert classified.refusals() == []


def test_a_bomb_is_bounded() -> None:
    bomb = marked.with_member(marked.word("正文"), "word/header9.xml", b"<w:t>" + b"a" * 60_000_000)
    assert len(bomb) < 1_000_000
    begun = time.monotonic()
    classified.refuse(name="方案.docx", raw=bomb)
    assert time.monotonic() - begun < 10
