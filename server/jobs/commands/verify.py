"""``shijian verify FILE…``: whether papers are as they were sealed, from the files alone; ``shijian seal-key``: by which key.

A seal brings its own public key, so a file alone only proves that *somebody* sealed it. Whose key it is, the operator says:
with a key or a fingerprint that the bureau has published. Without one the status is 3, never 0.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from server.core import signatures
from server.core.db import unit
from server.domain import documents
from server.domain.documents import Checked, SealResult
from server.jobs.commands.operator import application, operator

INTACT, NOT_INTACT, UNREADABLE, KEY_UNCHECKED = 0, 1, 2, 3
FINGERPRINT = re.compile(r"[0-9a-f]{64}")
UNCHECKED = (
    "没有核对封印公钥：任何人都能用自己的密钥封印。请用 --key 或 --fingerprint 给出局方公布的公钥或指纹后再采信。"
)
FACTS = (
    ("kind_label", "种类"),
    ("title", "名称"),
    ("number", "编号"),
    ("version", "版本"),
    ("code", "校验码"),
    ("contract", "合同编号"),
    ("issued_at", "出具时间"),
    ("content_sha256", "内容 SHA-256"),
)


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    verify = commands.add_parser(
        "verify",
        help="check sealed papers offline; needs only the files",
        description="exit status: 0 all intact and sealed by a trusted key, 1 at least one is not, 2 a file or key cannot "
        "be read, 3 intact, but it was not checked whose key sealed it",
    )
    verify.add_argument("files", nargs="+", type=Path, metavar="FILE")
    verify.add_argument("--key", action="append", type=Path, default=[], help="a public key that may have sealed them")
    verify.add_argument(
        "--fingerprint", action="append", default=[], metavar="SHA256", help="the fingerprint of such a key"
    )
    verify.add_argument("--any-key", action="store_true", help="status 0 for any key: for looking at a file only")
    verify.set_defaults(run=run)
    seal_key = commands.add_parser("seal-key", help="print the public key that seals papers, and its fingerprint")
    seal_key.add_argument("--out", type=Path, help="write the PEM to a file as well")
    seal_key.set_defaults(run=print_key)


def run(options: argparse.Namespace) -> int:
    """Say of each file what it is. Opens no database and reads no settings."""
    try:
        named = _named(options.key, options.fingerprint)
    except (OSError, UnicodeDecodeError, signatures.NotAKey):
        print("公钥文件无法读取，或不是 Ed25519 公钥、不是 64 位的 SHA-256 指纹。", file=sys.stderr)
        return UNREADABLE
    found = {INTACT}
    for path in options.files:
        try:
            raw = path.read_bytes()
        except OSError as error:
            print(f"{path}：无法读取（{error.strerror}）", file=sys.stderr)
            found.add(UNREADABLE)
            continue
        checked = _checked(raw, named)
        print("\n".join(_lines(path, checked, pinned=bool(named))))
        if not checked.intact:
            found.add(NOT_INTACT)
        elif not named and not options.any_key:
            found.add(KEY_UNCHECKED)
    return next(status for status in (UNREADABLE, NOT_INTACT, KEY_UNCHECKED, INTACT) if status in found)


def _named(keys: Collection[Path], fingerprints: Collection[str]) -> frozenset[str]:
    """The fingerprints of the keys that are trusted, however they were given; NotAKey."""
    given = {re.sub(r"[\s:]", "", each).lower() for each in fingerprints}
    if not all(FINGERPRINT.fullmatch(each) for each in given):
        raise signatures.NotAKey
    return frozenset(given | {signatures.fingerprint(signatures.public_key(path.read_text("utf-8"))) for path in keys})


def _checked(raw: bytes, named: Collection[str]) -> Checked:
    checked = documents.unsealed(raw)
    if checked.intact and named and checked.fingerprint not in named:
        return documents.unsealed(raw, trusted=())
    return checked


def print_key(options: argparse.Namespace) -> int:
    """The current key in PEM; it is also written down, so that papers stay provable after a rotation."""
    with application():
        with unit():
            documents.keep_seal_keys(operator())
        key = documents.current_key()
    pem = documents.pem_of(key.public)
    if options.out is not None:
        options.out.write_text(pem, "utf-8")
    print(pem, end="")
    print(f"密钥编号 {key.id}")
    print(f"指纹 SHA-256 {signatures.fingerprint(key.public)}")
    return 0


def _lines(path: Path, checked: Checked, *, pinned: bool) -> Iterator[str]:
    yield f"{path}"
    unchecked = checked.intact and not pinned
    yield f"  结果：{'与封印一致，封印密钥未核对' if unchecked else checked.result.label}"
    yield f"  文件 SHA-256：{checked.sha256}"
    yield from (f"  问题：{finding}" for finding in checked.findings)
    if checked.result is SealResult.INTACT:
        yield from (f"  {label}：{checked.facts[name]}" for name, label in FACTS if checked.facts.get(name))
        yield from (_signature(each) for each in checked.facts.get("signatures", ()))
    if checked.fingerprint:
        known = "与给定公钥一致" if checked.intact and pinned else "请与局方公布的指纹核对"
        yield f"  封印公钥指纹：{checked.fingerprint}（{known}）"
    if unchecked:
        yield f"  注意：{UNCHECKED}"


def _signature(told: Mapping[str, Any]) -> str:
    return f"  签署：{told.get('organisation')} {told.get('name')}，{told.get('at')}，{told.get('how')}"
