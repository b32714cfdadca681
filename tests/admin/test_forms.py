"""Forms over marshmallow schemas: what is read, what is refused and in which words, what is drawn."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from werkzeug.datastructures import FileStorage, MultiDict

from server.admin.forms import Form
from server.core.enums import Labelled


class Level(Labelled):
    LOW = "low", "一般"
    HIGH = "high", "紧急"


class Sample(Schema):
    title = fields.String(required=True, validate=validate.Length(min=2, max=10), metadata={"label": "标题"})
    text = fields.String(validate=validate.Length(max=2000), metadata={"label": "描述", "rows": 6})
    level = fields.Enum(Level, by_value=True, load_default=Level.LOW, metadata={"label": "程度"})
    count = fields.Integer(validate=validate.Range(min=1, max=9), metadata={"label": "数量"})
    amount = fields.Decimal(metadata={"label": "金额"})
    due_at = fields.AwareDateTime(default_timezone=ZoneInfo("Asia/Shanghai"), metadata={"label": "到期"})
    kind = fields.String(validate=validate.OneOf(["a", "b"], ["甲", "乙"]), metadata={"label": "种类"})
    channels = fields.List(fields.String(validate=validate.OneOf(["phone", "mail"])), metadata={"label": "方式"})
    agreed = fields.Boolean(load_default=False, metadata={"label": "同意"})
    secret = fields.String(metadata={"label": "口令", "widget": "password"})
    picture = fields.Raw(metadata={"label": "图片", "widget": "file"})
    own = fields.String(validate=validate.Length(max=1, error="就一个字"), metadata={"label": "自定"})

    @validates_schema
    def _not_both(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("title") == data.get("text"):
            raise ValidationError("标题和描述不能相同。")


def submitted(**typed: str) -> Form:
    return Form.submitted(Sample(), MultiDict({"title": "查询", "csrf_token": "x", **typed}))


def test_a_good_form_gives_typed_values() -> None:
    form = Form.submitted(
        Sample(),
        MultiDict(
            [
                ("title", "  查询  "),
                ("level", "high"),
                ("amount", "12.50"),
                ("due_at", "2026-11-20T09:30"),
                ("channels", "phone"),
                ("channels", "mail"),
                ("agreed", "true"),
                ("secret", " kept "),
                ("text", "一\r\n二"),
                ("csrf_token", "ignored"),
            ]
        ),
    )
    assert form.valid
    assert form.values == {
        "title": "查询",
        "level": Level.HIGH,
        "amount": Decimal("12.50"),
        "due_at": datetime(2026, 11, 20, 1, 30, tzinfo=UTC),
        "channels": ["phone", "mail"],
        "agreed": True,
        "secret": " kept ",
        "text": "一\n二",
    }


def test_empty_boxes_are_absent_and_an_unticked_one_is_no() -> None:
    form = submitted(count="", amount="", kind="")
    assert form.valid
    assert form.values == {"title": "查询", "level": Level.LOW, "channels": [], "agreed": False}


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"title": ""}, ("title", "请填写此项。")),
        ({"title": "一"}, ("title", "应为 2 至 10 个字。")),
        ({"text": "长" * 2001}, ("text", "最多 2000 个字。")),
        ({"level": "none"}, ("level", "请从列表中选择。")),
        ({"count": "x"}, ("count", "请填写整数。")),
        ({"count": "10"}, ("count", "应在 1 与 9 之间。")),
        ({"amount": "x"}, ("amount", "请填写数字。")),
        ({"amount": "NaN"}, ("amount", "请填写普通数字。")),
        ({"due_at": "昨天"}, ("due_at", "请填写日期和时间。")),
        ({"kind": "c"}, ("kind", "请从列表中选择。")),
        ({"channels": "fax"}, ("channels", "请从列表中选择。")),
        ({"own": "两字"}, ("own", "就一个字")),
    ],
)
def test_refusals_speak_chinese(typed: dict[str, str], sentence: tuple[str, str]) -> None:
    form = submitted(**typed)
    assert not form.valid
    assert form.errors == {sentence[0]: [sentence[1]]}
    assert form.field(sentence[0]).error == sentence[1]


def test_translating_leaves_the_class_and_other_instances_alone() -> None:
    submitted(title="")
    with pytest.raises(ValidationError, match="Missing data"):
        Sample().load({})
    assert getattr(Sample().fields["title"].validators[0], "message_all", "").startswith("Length must be")


def test_what_concerns_the_whole_form_is_kept_apart() -> None:
    form = submitted(text="查询")
    assert form.whole_errors == ["标题和描述不能相同。"]
    assert form.field("title").errors == []


def test_the_domain_may_refuse_as_well() -> None:
    form = submitted()
    form.refuse({"title": ["已有同名工单。"], "elsewhere": ["不行。"]}, "unused when fields are named")
    assert form.field("title").error == "已有同名工单。"
    assert form.whole_errors == ["不行。"]
    form.refuse(message="当前状态不允许。")
    assert form.whole_errors == ["不行。", "当前状态不允许。"]


def test_choices_from_the_database_are_checked_and_shown() -> None:
    offered = {"kind": [("a", "张伟")]}
    good = Form.submitted(Sample(), MultiDict({"title": "查询", "kind": "a"}), choices=offered)
    assert good.valid
    assert good.field("kind").choices == [("a", "张伟")]
    bad = Form.submitted(Sample(), MultiDict({"title": "查询", "kind": "b"}), choices=offered)
    assert bad.field("kind").error == "请从列表中选择。"


def test_files_come_from_the_files() -> None:
    picture = FileStorage(BytesIO(b"x"), filename="a.png")
    form = Form.submitted(Sample(), MultiDict({"title": "查询"}), MultiDict({"picture": picture}))
    assert form.values["picture"] is picture
    assert form.multipart
    assert form.field("picture").value == ""


@pytest.mark.parametrize(
    ("name", "widget", "attributes"),
    [
        ("title", "text", {"maxlength": "10"}),
        ("text", "textarea", {"rows": "6", "maxlength": "2000"}),
        ("level", "select", {}),
        ("count", "number", {"min": "1", "max": "9"}),
        ("amount", "text", {"inputmode": "decimal"}),
        ("due_at", "datetime-local", {}),
        ("kind", "select", {}),
        ("channels", "checkboxes", {}),
        ("agreed", "checkbox", {}),
        ("secret", "password", {}),
        ("picture", "file", {}),
    ],
)
def test_widgets_follow_from_the_schema(name: str, widget: str, attributes: dict[str, str]) -> None:
    field = Form(Sample()).field(name)
    assert (field.widget, dict(field.attributes)) == (widget, attributes)


def test_values_are_written_as_inputs_want_them() -> None:
    form = Form(
        Sample(),
        {
            "due_at": datetime(2026, 11, 20, 1, 30, tzinfo=UTC),
            "agreed": True,
            "channels": ["mail"],
            "text": date(2026, 1, 2),
        },
        prefix="edit",
    )
    assert form.field("due_at").value == "2026-11-20T09:30"
    assert form.field("agreed").checked
    assert form.field("channels").value == ["mail"]
    assert form.field("text").value == "2026-01-02"
    assert form.field("level").value == "low"
    assert form.field("level").choices == [("low", "一般"), ("high", "紧急")]
    assert form.field("kind").choices == [("a", "甲"), ("b", "乙")]
    assert form.field("title").id == "edit-title"
    with pytest.raises(KeyError):
        form.field("nothing")


def test_error_and_help_are_announced() -> None:
    form = submitted(title="")
    assert form.field("title").described_by == "field-title-error"
