"""The texts of the promises, by version: a promise keeps the words under which it was signed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from server.domain.secrecy.vocabulary import PromiseKind

_PERSON = (
    "一、遵守保守国家秘密、网络安全、数据安全和个人信息保护的法律法规，以及甲方的保密规定。",
    "二、对履行本合同中接触到的甲方资料、业务数据、个人信息、账号口令和系统情况保密；未经甲方书面同意，不向任何单位或个人提供、公开，不用于本合同以外的目的。",
    "三、不擅自复制、下载、留存、携带外出资料和数据；确需导出的，按规定经批准并登记。",
    "四、涉及国家秘密、工作秘密的资料，不在互联网系统中存储、处理、传递，只按规定的渠道交接。",
    "五、妥善保管账号、口令和介质，一人一号，不转借；发现泄露或者可能泄露，立即报告并采取补救措施。",
    "六、离岗或者合同终止时，移交、归还或者在见证下销毁全部资料和数据，停止使用全部账号。",
    "七、上述保密义务在离岗和合同终止后继续有效，直至有关内容依法公开。违反承诺的，依法承担责任。",
)
_VENDOR = (
    "一、本单位对承担的运维服务履行网络安全和数据安全保护义务，落实责任人、管理制度和技术措施。",
    "二、按约定的目的、范围和方式处理数据，不超范围收集，不转委托，不向他人提供，接受甲方监督检查。",
    "三、对参与服务的人员进行背景审查和保密教育，逐人签署保密承诺书；人员离岗即收回权限和资料。",
    "四、不设置后门，不植入恶意程序，及时通报并修补漏洞；使用的第三方组件来源清楚、授权合法。",
    "五、发生或者可能发生网络安全事件、数据泄露的，立即处置，立即告知甲方，配合甲方在规定时限内上报和通知。",
    "六、合同终止时，返还或者删除全部数据，移交技术成果和账号，并提供书面说明。",
    "七、因本单位原因造成泄露、毁损的，依法依约承担责任，甲方可以解除合同。",
)
VERSION = "2026-1"
TEXTS: Mapping[tuple[PromiseKind, str], tuple[str, ...]] = MappingProxyType(
    {(PromiseKind.PERSON, VERSION): _PERSON, (PromiseKind.VENDOR, VERSION): _VENDOR}
)


def current(kind: PromiseKind) -> tuple[str, str]:
    """The version in force, and its words."""
    return VERSION, "\n".join(TEXTS[kind, VERSION])
