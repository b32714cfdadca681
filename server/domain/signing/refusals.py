"""Why the room says no."""

from __future__ import annotations

from server.core.errors import Conflict, Forbidden, Invalid, NotFound


class NotYourSide(Forbidden):
    """The actor belongs to neither side of the contract, or to one that does not sign this kind."""

    code = "signing_not_your_side"
    message = "您所在单位不是这份文书的签署方。"


class ProveAgain(Forbidden):
    """A signature needs a fresh password."""

    code = "signing_prove_again"
    message = "签署前需要再次验证身份。"


class NoAgreement(Conflict):
    """The contract's parties have not agreed to electronic signing."""

    code = "signing_no_agreement"
    message = "该合同尚未登记双方使用电子签名的约定，请使用手写签署，或由局方管理员先登记约定。"


class AgreementStands(Conflict):
    """There is an agreement already."""

    code = "signing_agreement_stands"
    message = "该合同已登记电子签名约定。"


class OtherFile(Conflict):
    """What was shown is not what is on record now."""

    code = "signing_other_file"
    message = "您看到的文件与系统中的文件不一致，请刷新页面后重新核对再签署。"


class FileDamaged(Conflict):
    """The stored bytes are not those that were issued."""

    code = "signing_file_damaged"
    message = "系统中保存的文书文件未通过校验，不能签署。请联系系统管理员，并出具更正版。"


class SignedAlready(Conflict):
    """This side has signed, or this person has."""

    code = "signing_signed_already"
    message = "您方已签署这份文书，不能重复签署。"


class SameOrganisation(Conflict):
    """One organisation cannot be both sides."""

    code = "signing_same_organisation"
    message = "双方必须由不同单位签署。"


class SamePerson(Conflict):
    """One person cannot be both sides."""

    code = "signing_same_person"
    message = "双方必须由不同的人签署。"


class NobodySigns(Conflict):
    """Papers of this kind are signed by neither side."""

    code = "signing_nobody_signs"
    message = "这种文书不需要签署，不能签署或上传签署扫描件。"


class HeldBack(Conflict):
    """What the paper is about has moved on; the words are those of the room that knows it."""

    code = "signing_held_back"
    message = "这份文书目前不能签署。"


class Declined(Conflict):
    """A side has refused to sign it as it is."""

    code = "signing_declined"
    message = "这份文书已被拒签，请出具更正版后再签署。"


class NotDeclined(Conflict):
    """Nobody of this side has refused."""

    code = "signing_not_declined"
    message = "您方没有拒签这份文书。"


class NothingToWithdraw(Conflict):
    """The actor has no signature here that stands."""

    code = "signing_nothing_to_withdraw"
    message = "您没有可以撤回的签署。"


class ModeMixed(Conflict):
    """One document is signed in one mode."""

    code = "signing_mode_mixed"
    message = "这份文书已经以另一种方式开始签署，请先撤回再改用其他方式。"


class ScanWaiting(Conflict):
    """A scan is there already."""

    code = "signing_scan_waiting"
    message = "已有扫描件等待对方确认。"


class ScanOfAnother(Invalid):
    """The code on the scan is another document's."""

    code = "signing_scan_of_another"
    message = "扫描件上的校验码不是这份文书的，请核对是否拿错了文件。"


class ScanUsed(Conflict):
    """The same file was attached to another document."""

    code = "signing_scan_used"
    message = "这份扫描件已用于另一份文书，不能重复使用。"


class ScanNotFound(NotFound):
    """There is no scan of that kind."""

    code = "signing_scan_not_found"
    message = "没有找到该扫描件。"


class OwnScan(Conflict):
    """A scan is confirmed by the other side."""

    code = "signing_own_scan"
    message = "扫描件须由另一方单位确认，上传方不能自行确认。"


class DrawingRefused(Invalid):
    """The drawn signature cannot be taken."""

    code = "signing_drawing_refused"
    message = "手写签名图片无法接收，请清除后重新书写。"
