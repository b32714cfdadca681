"""Signing a paper in one of two ways, and proving afterwards what was signed (Electronic Signature Law; domain.md §6).

手写签署 wet (a scan matched by the printed code, seen by both sides), 普通电子签名 in-app (password again, the hash of exactly
one file, the intent in words), 约定 agreement, 签署方 side, 拒签 decline, 撤回 withdraw, 锁定 lock, 证据链 chain, 核验 verify.

Different organisations, different persons. After the lock only a corrected version follows, which begins unsigned.
"""

from server.domain.signing.access import side_of, sides_of
from server.domain.signing.agreements import agree, agreement_of, agreements_of, end_agreement, read_agreement
from server.domain.signing.chain import entries_of
from server.domain.signing.comparing import Finding
from server.domain.signing.copying import CopyOrder, copy_ordered, keep_copy, make_copy
from server.domain.signing.followers import forget, on_signed
from server.domain.signing.holding import held_back, hold_back
from server.domain.signing.in_app import intent_of, sign
from server.domain.signing.models import Agreement, Scan, Signature, SigningCase, SigningEntry
from server.domain.signing.papers import raw_of, sweep_papers, take_drawing, take_scan
from server.domain.signing.public import (
    FileAnswer,
    FileLook,
    PublicPaper,
    PublicSignature,
    by_code,
    by_file,
    masked_facts,
)
from server.domain.signing.reading import (
    ORDERS,
    case_of,
    read_drawing,
    scans_waiting,
    signatures_by,
    waiting_count,
    waiting_for,
)
from server.domain.signing.refusals import HeldBack, NoAgreement, NotYourSide, ProveAgain
from server.domain.signing.scans import (
    Signer,
    attach_scan,
    confirm_scan,
    read_scan,
    refuse_scan,
    scans_of,
    waiting_of,
    withdraw_scan,
)
from server.domain.signing.settling import COPY, standing_of
from server.domain.signing.undoing import decline, lift_decline, withdraw
from server.domain.signing.verifying import Verdict, verify
from server.domain.signing.vocabulary import Act, CodeSource, Mode, ScanState

__all__ = [
    "COPY",
    "ORDERS",
    "Act",
    "Agreement",
    "CodeSource",
    "CopyOrder",
    "FileAnswer",
    "FileLook",
    "Finding",
    "HeldBack",
    "Mode",
    "NoAgreement",
    "NotYourSide",
    "ProveAgain",
    "PublicPaper",
    "PublicSignature",
    "Scan",
    "ScanState",
    "Signature",
    "Signer",
    "SigningCase",
    "SigningEntry",
    "Verdict",
    "agree",
    "agreement_of",
    "agreements_of",
    "attach_scan",
    "by_code",
    "by_file",
    "case_of",
    "confirm_scan",
    "copy_ordered",
    "decline",
    "end_agreement",
    "entries_of",
    "forget",
    "held_back",
    "hold_back",
    "intent_of",
    "keep_copy",
    "lift_decline",
    "make_copy",
    "masked_facts",
    "on_signed",
    "raw_of",
    "read_agreement",
    "read_drawing",
    "read_scan",
    "refuse_scan",
    "scans_of",
    "scans_waiting",
    "side_of",
    "sides_of",
    "sign",
    "signatures_by",
    "standing_of",
    "sweep_papers",
    "take_drawing",
    "take_scan",
    "verify",
    "waiting_count",
    "waiting_for",
    "waiting_of",
    "withdraw",
    "withdraw_scan",
]
