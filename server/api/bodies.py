"""What comes in: JSON bodies, uploads and query strings, checked against their schemas; faults become problems."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import marshmallow
import orjson
from flask import g, request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from server.api.contract import Contract
from server.api.problems import Malformed, TooLarge, WrongMediaType
from server.api.schemas import Schema
from server.core.errors import Invalid

JSON_BYTES = 256 * 1024
CHUNK = 64 * 1024
BOM = b"\xef\xbb\xbf"


def read_query(schema: Schema) -> dict[str, Any]:
    """The query string as its schema loads it; a name that comes twice is refused unless it is a list."""
    given: dict[str, Any] = {}
    for name, values in request.args.lists():
        listed = isinstance(schema.load_fields.get(name), marshmallow.fields.List)
        if len(values) > 1 and not listed:
            raise Invalid(fields={name: ["只能出现一次。"]})
        given[name] = values if listed else values[0]
    return _loaded(schema, given)


def read_body(contract: Contract) -> tuple[dict[str, Any] | None, FileStorage | None]:
    """The body as its contract wants it: JSON, or a form with one file. Its digest is noted for idempotency."""
    if contract.file_field:
        return _read_upload(contract)
    raw = _read_raw()
    g.body_digest = hashlib.sha256(raw).hexdigest()
    if request.mimetype != "application/json":
        raise WrongMediaType
    try:
        given = orjson.loads(raw.removeprefix(BOM))
    except orjson.JSONDecodeError:
        raise Malformed from None
    return _loaded(contract.body, given) if contract.body else None, None


def _read_raw() -> bytes:
    """The whole body, counted while it is read: a chunked one has no length to trust."""
    if (request.content_length or 0) > JSON_BYTES:
        raise TooLarge
    parts: list[bytes] = []
    size = 0
    try:
        while chunk := request.stream.read(CHUNK):
            size += len(chunk)
            if size > JSON_BYTES:
                raise TooLarge
            parts.append(chunk)
    except RequestEntityTooLarge:
        raise TooLarge from None
    return b"".join(parts)


def _read_upload(contract: Contract) -> tuple[dict[str, Any] | None, FileStorage]:
    if request.mimetype != "multipart/form-data":
        raise WrongMediaType
    try:
        form, files = request.form, request.files
    except RequestEntityTooLarge:
        raise TooLarge from None
    names = list(files.keys())
    if names != [contract.file_field] or len(files.getlist(contract.file_field)) != 1:
        raise Invalid(fields={contract.file_field: ["应有且只有一个文件。"]})
    file = files[contract.file_field]
    fields = {name: values[0] for name, values in form.lists()}
    g.body_digest = _upload_digest(fields, file)
    return _loaded(contract.body or Schema(), fields), file


def _upload_digest(fields: Mapping[str, str], file: FileStorage) -> str:
    """A digest of what was meant: the boundary between the parts is another one at each try."""
    seen = hashlib.sha256(orjson.dumps([sorted(fields.items()), file.filename, file.mimetype]))
    while chunk := file.stream.read(CHUNK):
        seen.update(chunk)
    file.stream.seek(0)
    return seen.hexdigest()


def _loaded(schema: Schema, given: Any) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(given)
    except marshmallow.ValidationError as error:
        raise Invalid(fields=flatten(error.messages)) from None
    return loaded


def flatten(messages: Any, prefix: str = "") -> dict[str, list[str]]:
    """Marshmallow's nested messages as one level: ``device.platform``, ``images.0``; ``_schema`` is the whole."""
    if isinstance(messages, dict):
        found: dict[str, list[str]] = {}
        for key, value in messages.items():
            found |= flatten(value, f"{prefix}.{key}" if prefix else str(key))
        return found
    return {prefix or "_schema": [str(each) for each in messages]}
