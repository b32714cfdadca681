"""Files are whole or absent, never overwritten, and reached by key only."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.gateways.storage import FileGone, Storage, StorageFull


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path)


def test_what_was_put_is_read_again(storage: Storage) -> None:
    key = storage.put(b"x" * 200_000, ".png")
    assert b"".join(storage.stream(key)) == b"x" * 200_000
    assert storage.size(key) == 200_000
    assert storage.put(b"x", ".png") != key
    assert not list(storage.root.glob("*/*/.*"))


def test_a_deleted_file_is_gone_and_may_be_deleted_again(storage: Storage) -> None:
    key = storage.put(b"x", ".jpg")
    storage.delete(key)
    storage.delete(key)
    for ask in (storage.open, storage.stream, storage.size):
        with pytest.raises(FileGone):
            ask(key)


@pytest.mark.parametrize("key", ["../../etc/passwd", "/etc/passwd", "aa/bb/../../x", "", "aa/bb/cc.png\n"])
def test_a_key_cannot_leave_the_folder(storage: Storage, key: str) -> None:
    with pytest.raises(FileGone):
        storage.open(key)


def test_a_taken_name_is_never_overwritten(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.gateways.storage.secrets.token_hex", lambda _length: "ab" * 16)
    key = storage.put(b"first", ".png")
    with pytest.raises(StorageFull):
        storage.put(b"second", ".png")
    assert b"".join(storage.stream(key)) == b"first"


def test_a_full_disk_leaves_nothing_behind(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("server.gateways.storage.os.fsync", full)
    with pytest.raises(StorageFull):
        storage.put(b"x", ".png")
    assert not [path for path in storage.root.rglob("*") if path.is_file()]


def test_the_sweep_sees_old_files_and_clears_half_written_ones(storage: Storage) -> None:
    old, new = storage.put(b"old", ".png"), storage.put(b"new", ".png")
    half = (storage.root / old).with_name(".half.part")
    half.write_bytes(b"half")
    long_ago = (datetime.now(UTC) - timedelta(days=2)).timestamp()
    for path in (storage.root / old, half):
        os.utime(path, (long_ago, long_ago))
    assert list(storage.older_than(datetime.now(UTC) - timedelta(days=1))) == [old]
    assert not half.exists()
    assert storage.size(new) == 3
