"""Office files as zips: the same paper gives the same bytes."""

from __future__ import annotations

import io
import zipfile

EPOCH = (1980, 1, 1, 0, 0, 0)


def steady(raw: bytes) -> bytes:
    """The same file without the hour of its making in every entry."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            told = zipfile.ZipInfo(entry.filename, EPOCH)
            told.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(told, old.read(entry))
    return out.getvalue()
