"""What the pages of maintainers ask for."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from marshmallow import Schema, fields, validate
from werkzeug.datastructures import FileStorage

from server.admin.yes_no import YesNo
from server.core.errors import Invalid
from server.domain import contracts, identity
from server.domain.identity import Actor, Permission
from server.domain.staffing import Disposition, DocumentKind, File, Reason, SkillLevel

KINDS = ".pdf,.docx,.xlsx,image/png,image/jpeg"
MOST_FILES = 10
WORDS = validate.Length(max=5000)
REMARK = validate.Length(max=500)
LEVELS = {level.label: level for level in SkillLevel}


def files_field(label: str, help_text: str = "") -> fields.List[FileStorage]:
    """Some papers, as a form asks for them."""
    told = help_text or "PDF、Word、Excel 或图片，每个不超过 20 MB。"
    return fields.List(
        fields.Raw(),
        load_default=list,
        validate=validate.Length(max=MOST_FILES, error=f"一次最多 {MOST_FILES} 个文件。"),
        metadata={"label": label, "widget": "file", "accept": KINDS, "help": told},
    )


def _area(label: str, help_text: str = "", *, required: bool = False, rows: int = 3) -> fields.String:
    told = {"label": label, "help": help_text, "widget": "textarea", "rows": str(rows)}
    if required:
        return fields.String(required=True, validate=WORDS, metadata=told)
    return fields.String(load_default="", validate=WORDS, metadata=told)


def _remark(label: str, help_text: str = "", *, required: bool = False) -> fields.String:
    told = {"label": label, "help": help_text, "widget": "textarea", "rows": "2"}
    if required:
        return fields.String(required=True, validate=REMARK, metadata=told)
    return fields.String(load_default="", validate=REMARK, metadata=told)


class PersonSchema(Schema):
    """A person who is designated."""

    name = fields.String(required=True, validate=validate.Length(max=64), metadata={"label": "姓名"})
    role = fields.String(
        required=True,
        validate=validate.Length(max=80),
        metadata={"label": "岗位", "placeholder": "例如：驻场运维工程师"},
    )
    officer_id = fields.UUID(
        load_default=None,
        metadata={
            "label": "系统账号",
            "widget": "select",
            "placeholder": "没有账号",
            "help": "关联后，离岗时自动收回本合同的权限并退出登录。",
        },
    )
    experience_from = fields.Date(
        required=True, metadata={"label": "相关经验起始日", "help": "从事同类运维工作的第一天，按指派日计算满几年。"}
    )
    experience = _area("经验说明", "单位、岗位和项目；与证明材料至少填一项。")
    files = files_field("经验证明材料", "在职证明、社保记录、资格证书等；PDF、Word、Excel 或图片。")
    skills = _area("技能", "选填，每行一项，如“数据交换 精通”；水平为了解、熟练、精通。")
    subcontract_id = fields.UUID(
        load_default=None,
        metadata={
            "label": "分包同意",
            "widget": "select",
            "placeholder": "乙方自有人员",
            "help": "第三方人员须有局方书面同意的分包。",
        },
    )


class AssignSchema(PersonSchema):
    """The first designation."""

    contract_id = fields.UUID(required=True, metadata={"label": "合同", "widget": "select"})
    valid_from = fields.Date(required=True, metadata={"label": "指派日期", "help": "经验年限按这一天核对。"})

    class Meta:
        fields = (
            "contract_id",
            "name",
            "role",
            "valid_from",
            "experience_from",
            "experience",
            "files",
            "officer_id",
            "subcontract_id",
            "skills",
        )


class ReviewSchema(Schema):
    """The bureau's word."""

    agreed = YesNo("审核意见", yes="认可", no="不认可")
    remark = _remark("说明", "不认可时必填，双方可见。")


class SkillsSchema(Schema):
    """Exactly these skills."""

    skills = _area("技能", "每行一项，如“数据交换 精通”；水平为了解、熟练、精通。", rows=6)


class PaperSchema(Schema):
    """One more paper."""

    kind = fields.Enum(DocumentKind, by_value=True, required=True, metadata={"label": "材料类别"})
    upload = fields.Raw(
        required=True,
        metadata={
            "label": "文件",
            "widget": "file",
            "accept": KINDS,
            "help": "PDF、Word、Excel 或图片，不超过 20 MB。",
        },
    )


class AccountSchema(Schema):
    """Whose account it is."""

    officer_id = fields.UUID(required=True, metadata={"label": "系统账号", "widget": "select"})


class LeaveSchema(Schema):
    """A departure."""

    on = fields.Date(
        required=True,
        metadata={"label": "最后工作日", "help": "今天或更早：立即收回权限并退出登录。此后的值班班次一并取消。"},
    )
    reason = _remark("原因", required=True)


class SettleSchema(Schema):
    """What became of an item."""

    disposition = fields.Enum(Disposition, by_value=True, required=True, metadata={"label": "办理结果"})
    note = _remark("说明")


class ReplaceSchema(PersonSchema):
    """The notice, and who follows; a substitute is named or left out as a whole."""

    reason = fields.Enum(Reason, by_value=True, required=True, metadata={"label": "更换原因"})
    received_on = fields.Date(
        required=True, metadata={"label": "局方收到书面通知的日期", "help": "局方审核时可以更正。"}
    )
    effective_on = fields.Date(
        required=True, metadata={"label": "更换生效日期", "help": "原人员不再在岗、接替人员到岗的第一天。"}
    )
    note_text = _area("情况说明")
    notice = files_field("人员变更通知书", "盖章的书面通知扫描件。")
    has_substitute = fields.Boolean(
        load_default=False, metadata={"label": "已确定接替人员", "help": "未确定也可以先通知，之后再提名。"}
    )
    name = fields.String(load_default="", validate=validate.Length(max=64), metadata={"label": "接替人员姓名"})
    role = fields.String(load_default="", validate=validate.Length(max=80), metadata={"label": "岗位"})
    experience_from = fields.Date(load_default=None, metadata={"label": "相关经验起始日"})
    comparison = _area("能力对比", "与原人员相比的经验、技能和资格；由局方判断是否不低于原人员。")


class SubstituteSchema(PersonSchema):
    """Who follows, named later."""

    valid_from = fields.Date(load_default=None, metadata={"label": "到岗日期", "help": "不填即为更换生效日。"})
    comparison = _area("能力对比", "与原人员相比的经验、技能和资格。", required=True)


class JudgeSchema(Schema):
    """The bureau's judgement."""

    not_lower = YesNo("接替人员能力", yes="不低于原人员", no="低于原人员")
    received_on = fields.Date(
        load_default=None, metadata={"label": "收到书面通知的日期", "help": "与乙方登记不一致时更正。"}
    )
    remark = _remark("判断依据", "判断为低于时必填。")


class ReasonSchema(Schema):
    """Why."""

    reason = _remark("原因", required=True)


class SubcontractSchema(Schema):
    """A request to hand work to a third party."""

    contract_id = fields.UUID(required=True, metadata={"label": "合同", "widget": "select"})
    party = fields.String(required=True, validate=validate.Length(max=120), metadata={"label": "第三方单位"})
    scope = _area("分包内容", required=True)
    reason = _area("理由", required=True)
    starts_on = fields.Date(required=True, metadata={"label": "开始日期"})
    ends_on = fields.Date(required=True, metadata={"label": "结束日期"})
    touches_data = fields.Boolean(
        load_default=False,
        metadata={
            "label": "会接触个人信息或业务数据",
            "help": "属于转委托处理个人信息，须经局方同意（个人信息保护法第二十一条）。",
        },
    )
    files = files_field("申请材料")


class ConsentSchema(Schema):
    """The bureau's answer."""

    agreed = YesNo("决定", yes="书面同意", no="不同意")
    consented_on = fields.Date(load_default=None, metadata={"label": "书面同意日期", "help": "不填即为今天。"})
    upload = files_field("书面同意", "同意时必传：盖章的书面同意扫描件。")
    remark = _remark("意见", "不同意时必填。")


class EndSchema(Schema):
    """The end of a consent."""

    on = fields.Date(required=True, metadata={"label": "终止日期"})
    reason = _remark("原因", required=True)


def contract_choices(actor: Actor, permission: Permission) -> list[tuple[str, str]]:
    """The contracts for which the actor has a permission."""
    scope = actor.contracts_for(permission)
    return [(str(key), text) for key, text in contracts.titles(actor).items() if scope is None or key in scope]


def account_choices(contract_id: uuid.UUID) -> list[tuple[str, str]]:
    """The vendor's accounts on a contract: whoever may answer its tickets there and is not of the bureau."""
    able = identity.officers_for(contract_id, Permission.STAFF_VIEW)
    roles = identity.roles_of([officer.id for officer in able])
    return [
        (str(officer.id), officer.name)
        for officer in able
        if any(held == contract_id for _, held in roles.get(officer.id, []))
    ]


def taken(files: Sequence[FileStorage], kind: DocumentKind) -> list[File]:
    """Uploaded papers as the domain takes them."""
    return [File(each.filename or "附件", each.read(), kind) for each in files if each.filename]


def skills_in(text: str) -> Mapping[str, SkillLevel]:
    """Skills as typed, one a line, the level at the end; 熟练 where none is given."""
    found: dict[str, SkillLevel] = {}
    for line in text.splitlines():
        words = line.replace("：", " ").replace(":", " ").split()
        if not words:
            continue
        level = LEVELS.get(words[-1]) if len(words) > 1 else None
        name = " ".join(words[:-1] if level else words)
        if name in found:
            raise Invalid(fields={"skills": [f"“{name}”重复了"]})
        found[name] = level or SkillLevel.SKILLED
    return found
