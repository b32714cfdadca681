"""Fields that more than one form of the security pages asks for."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from server.domain.identity import officer_policy


def password_help() -> str:
    """What the rules in force ask of a password, in a sentence."""
    rules = officer_policy().passwords
    classes = f"，并包含大写字母、小写字母、数字、符号中的至少 {rules.classes} 类" if rules.classes > 1 else ""
    return f"至少 {rules.min_length} 个字符{classes}；不要使用常见口令、姓名或单位名称。"


class NewPasswordSchema(Schema):
    """A new password, twice. What it must be is the domain's to say."""

    new_password = fields.String(
        required=True,
        validate=validate.Length(max=128),
        metadata={"label": "新口令", "widget": "password", "autocomplete": "new-password"},
    )
    repeated = fields.String(
        required=True,
        validate=validate.Length(max=128),
        metadata={"label": "再次输入新口令", "widget": "password", "autocomplete": "new-password"},
    )

    @validates_schema
    def _same(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("new_password") != data.get("repeated"):
            raise ValidationError("两次输入的口令不一致。", "repeated")
