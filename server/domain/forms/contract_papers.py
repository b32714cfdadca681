"""合同卡 (A02, A22) and 补充协议 (A23, A44, A47): papers of the contracts room, which lies below the documents."""

from __future__ import annotations

import uuid

from server.core import clock, spelling
from server.core.db import session
from server.core.errors import NotFound
from server.core.money import neat
from server.core.money_words import in_words
from server.domain import contracts, documents
from server.domain.contracts import Contract, ContractState, Party, Signing, Supplement, Terms
from server.domain.documents import Draft, Kind, Side
from server.domain.identity import Actor, Permission
from server.gateways.office.layout import Column, Field, Fields, Form, Prose, SignBlock, Table

CARD, SUPPLEMENT = "contract_card", "contract_supplement"
SIDES = {Party.VENDOR: "乙方", Party.BUREAU: "甲方"}

CARD_FORM = Form(
    title="合同卡",
    blocks=(
        Fields(
            "facts",
            (
                Field("number", "合同编号"),
                Field("paper_number", "纸质合同编号"),
                Field("title", "合同名称", wide=True),
                Field("bureau", "甲方"),
                Field("vendor", "乙方"),
                Field("systems", "维护对象"),
                Field("state", "履行状态"),
                Field("term", "合同期", wide=True),
                Field("effective", "生效日期"),
                Field("revision", "条款版次"),
                Field("fee", "合同价款", wide=True),
                Field("payee", "收款账户", wide=True),
            ),
        ),
        Table("clocks", (Column("what", "事项", 2), Column("told", "约定", 7)), label="时限"),
        Table(
            "milestones",
            (Column("title", "付款节点", 3), Column("amount", "金额", 2), Column("due", "付款条件", 5)),
            label="付款",
        ),
        Table("penalties", (Column("title", "情形", 4), Column("told", "计算办法", 5)), label="违约金"),
        Table("deliverables", (Column("title", "交付物", 3), Column("told", "周期和期限", 5)), label="交付物"),
        Table(
            "supplements",
            (Column("title", "补充协议", 4), Column("state", "状态", 2), Column("on", "生效日期", 3)),
            label="补充协议",
        ),
        Table(
            "signings",
            (
                Column("paper", "文件", 3),
                Column("party", "方", 1),
                Column("signed", "签字日期", 3),
                Column("sealed", "盖章日期", 3),
                Column("signer", "签字人", 2),
            ),
            label="签署登记",
        ),
    ),
    note="本卡按出具时有效的合同条款生成，以双方签署的合同和补充协议为准。",
)

SUPPLEMENT_FORM = Form(
    title="补充协议",
    blocks=(
        Fields(
            "facts",
            (
                Field("number", "协议编号"),
                Field("contract", "原合同编号"),
                Field("title", "协议名称", wide=True),
                Field("bureau", "甲方"),
                Field("vendor", "乙方"),
                Field("effective", "变更执行日期"),
                Field("state", "状态"),
                Field("amount", "价款", wide=True),
            ),
        ),
        Prose("reason", "订立原因"),
        Prose("scope", "服务内容"),
        Table(
            "changes",
            (Column("what", "条款", 4), Column("was", "原约定", 3), Column("becomes", "变更为", 3)),
            label="条款变更",
            empty="不变更原合同条款",
        ),
        Prose("closing"),
    ),
    signs=(SignBlock("bureau", "甲方（签字盖章）"), SignBlock("vendor", "乙方（签字盖章）")),
)
CLOSING = (
    "本协议是原合同的组成部分，自双方签字盖章之日起生效；与原合同不一致的，以本协议为准，未变更的条款继续有效。\n"
    "本协议的份数和保存与原合同相同。"
)


def compose_card(actor: Actor, contract_id: uuid.UUID) -> Draft:
    """A contract on one sheet, with the terms that hold today. Account numbers are masked."""
    contract = contracts.find(actor, contract_id)
    terms = contracts.terms_of(contract.id)
    return Draft(
        contract_id=contract.id,
        subject_id=contract.id,
        content={
            "facts": _facts(contract, terms),
            "clocks": [{"what": each.label, "told": each.text} for each in contracts.clocks_in_words(terms)],
            "milestones": [
                {"title": each.title, "amount": neat(each.amount), "due": contracts.due_in_words(each.due)}
                for each in terms.milestones
            ],
            "penalties": [{"title": each.title, "told": contracts.penalty_in_words(each)} for each in terms.penalties],
            "deliverables": [
                {"title": each.title, "told": contracts.deliverable_in_words(each)} for each in terms.deliverables
            ],
            "supplements": [
                {"title": each.label, "state": each.state.label, "on": spelling.day(each.in_force_on)}
                for each in reversed(contracts.supplements_of(contract.id))
            ],
            "signings": [_signing("合同", each) for each in contracts.signings_of(contract.id)],
        },
        title=f"合同卡（{contract.number}）",
        sources=((f"合同 {contract.number}", f"/admin/contracts/{contract.id}"),),
    )


def compose_supplement(actor: Actor, supplement_id: uuid.UUID) -> Draft:
    """A supplement with what it changes, value by value. NotFound for a foreign one."""
    found = session().get(Supplement, supplement_id)
    if found is None:
        raise NotFound("没有找到这份补充协议。")
    supplement = contracts.find_supplement(actor, found.contract_id, found.id)
    contract = contracts.find(actor, found.contract_id)
    return Draft(
        contract_id=contract.id,
        subject_id=supplement.id,
        content={
            "facts": {
                "number": f"第 {supplement.number} 号",
                "contract": contract.number,
                "title": supplement.title,
                "bureau": contract.bureau_name,
                "vendor": contract.vendor_name,
                "effective": spelling.day(supplement.effective_from),
                "state": supplement.state.label,
                "amount": _priced(supplement),
            },
            "reason": supplement.reason,
            "scope": supplement.scope or "不增加服务内容。",
            "changes": [
                {"what": each.label, "was": each.was, "becomes": each.becomes}
                for each in contracts.supplement_differences(contract, supplement)
            ],
            "closing": CLOSING,
        },
        title=f"补充协议第 {supplement.number} 号（{supplement.title}）",
        head=(f"原合同：{contract.title}（{contract.number}）",),
        covers_on=supplement.effective_from,
        sources=((supplement.label, f"/admin/contracts/{contract.id}"),),
    )


def _facts(contract: Contract, terms: Terms) -> dict[str, str]:
    systems = contracts.systems_of([contract.id]).get(contract.id, [])
    billing = terms.billing
    payee = f"{billing.payee_name}，{billing.payee_bank}，{contracts.masked(billing.payee_account)}" if billing else ""
    return {
        "number": contract.number,
        "paper_number": contract.paper_number or "未编号",
        "title": contract.title,
        "bureau": contract.bureau_name,
        "vendor": contract.vendor_name,
        "systems": "、".join(each.label for each in systems),
        "state": contract.state.label,
        "term": f"{spelling.span(contract.starts_on, contract.ends_on)}{_days(contract)}",
        "effective": spelling.day(contract.effective_on) or "尚未生效",
        "revision": f"第 {terms.revision} 版",
        "fee": contracts.fee_in_words(terms),
        "payee": payee or "未约定",
    }


def _days(contract: Contract) -> str:
    whole = (contract.ends_on - contract.starts_on).days + 1
    if contract.state is ContractState.ACTIVE and contract.ends_on >= clock.today():
        return f"，共 {whole} 天，距到期 {(contract.ends_on - clock.today()).days} 天"
    return f"，共 {whole} 天"


def _priced(supplement: Supplement) -> str:
    if supplement.amount is None:
        return "不增加价款"
    return f"{neat(supplement.amount)}（大写：{in_words(supplement.amount)}）"


def _signing(paper: str, signing: Signing) -> dict[str, str]:
    return {
        "paper": paper,
        "party": SIDES[signing.party],
        "signed": spelling.day(signing.signed_on),
        "sealed": spelling.day(signing.sealed_on),
        "signer": signing.signer,
    }


CARD_SAMPLE = {
    "facts": {
        "number": "ZK-YW-2025-01",
        "paper_number": "2025-007",
        "title": "某某市市场监督管理局专业分局小程序运维服务合同",
        "bureau": "某某市市场监督管理局专业分局",
        "vendor": "某某信息技术有限公司",
        "systems": "微信小程序",
        "state": "履行中",
        "term": "2025年3月4日至2026年3月31日，共 393 天",
        "effective": "2025年3月4日",
        "revision": "第 2 版",
        "fee": "¥28,000.00／年，大写贰万捌仟元整",
        "payee": "某某信息技术有限公司，某某银行，*************0123",
    },
    "clocks": [{"what": "响应", "told": "工作日 2 小时、其他日期 4 小时内由人员响应，连续计时不暂停"}],
    "milestones": [{"title": "年度服务费", "amount": "¥28,000.00", "due": "2025年12月31日前"}],
    "penalties": [{"title": "逾期付款", "told": "每逾期一个自然日，未付金额的 5‰"}],
    "deliverables": [{"title": "运维月报", "told": "每月，次月第 3 个工作日前"}],
    "supplements": [],
    "signings": [
        {"paper": "合同", "party": "甲方", "signed": "2025年3月4日", "sealed": "2025年3月4日", "signer": "周敏"}
    ],
}
SUPPLEMENT_SAMPLE = {
    "facts": {
        "number": "第 1 号",
        "contract": "ZK-YW-2025-01",
        "title": "增加夜间应急到场服务",
        "bureau": "某某市市场监督管理局专业分局",
        "vendor": "某某信息技术有限公司",
        "effective": "2025年12月1日",
        "state": "已生效",
        "amount": "¥3,000.00（大写：叁仟元整）",
    },
    "reason": "夜间办理业务增多，原约定的到场时限不能满足需要。",
    "scope": "重大故障到场时限缩短为 12 小时，含夜间和节假日。",
    "changes": [{"what": "现场到达 · 小时数", "was": "24", "becomes": "12"}],
    "closing": CLOSING,
}

documents.register(
    Kind(
        code=CARD,
        label="合同卡",
        prefix="HTK",
        subject_kind="contract",
        form=CARD_FORM,
        compose=compose_card,
        sides=(),
        view=Permission.CONTRACT_VIEW,
        group="合同",
        sample=CARD_SAMPLE,
    )
)
documents.register(
    Kind(
        code=SUPPLEMENT,
        label="补充协议",
        prefix="BCXY",
        subject_kind="supplement",
        form=SUPPLEMENT_FORM,
        compose=compose_supplement,
        sides=(Side.BUREAU, Side.VENDOR),
        view=Permission.CONTRACT_VIEW,
        group="合同",
        sample=SUPPLEMENT_SAMPLE,
    )
)
