"""The room's words."""

from __future__ import annotations

from server.core.enums import Labelled


class Mode(Labelled):
    """How a document is signed."""

    WET = "wet", "手写签署"
    IN_APP = "in_app", "普通电子签名"


class Act(Labelled):
    """What happened in a document's signing; each is one link of its chain."""

    SIGNED = "signed", "签署"
    WITHDRAWN = "withdrawn", "撤回签署"
    DECLINED = "declined", "拒签"
    DECLINE_LIFTED = "decline_lifted", "撤销拒签"
    SCAN_ATTACHED = "scan_attached", "上传签署扫描件"
    SCAN_CONFIRMED = "scan_confirmed", "确认扫描件"
    SCAN_REFUSED = "scan_refused", "退回扫描件"
    SCAN_WITHDRAWN = "scan_withdrawn", "撤回扫描件"
    COMPLETED = "completed", "签署完成并锁定"


class ScanState(Labelled):
    """Where a scan of a signed paper stands. It counts once the other side has looked at it."""

    WAITING = "waiting", "待对方确认"
    CONFIRMED = "confirmed", "双方已确认"
    REFUSED = "refused", "已退回"
    WITHDRAWN = "withdrawn", "已撤回"


class CodeSource(Labelled):
    """How a scan was matched to its document."""

    QR = "qr", "扫描件二维码"
    TYPED = "typed", "人工输入校验码"
