"""Writes the documents that are generated from the code; with ``--check`` says which are out of step.

``python -m docs.generate [--check]``
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import fields
from pathlib import Path
from typing import Any

from server.domain.identity import PERMISSIONS_OF, Permission, Role
from server.settings import PREFIX, Settings

HERE = Path(__file__).parent


def settings_page() -> str:
    """Every setting with its default and its sentence."""
    lines = [
        "# Settings",
        "",
        "Written by `make docs` from `server/settings.py`. A secret may also come from a file: add `_FILE` to its name.",
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    for setting in fields(Settings):
        default: Any = setting.default
        shown = "" if default == "" else f"`{getattr(default, 'value', default)}`"
        secret = " (secret)" if setting.metadata["secret"] else ""
        lines.append(f"| `{PREFIX}{setting.name.upper()}` | {shown} | {setting.metadata['doc']}{secret} |")
    return "\n".join(lines) + "\n"


def permissions_page() -> str:
    """Which role may do what."""
    roles = [role for role in Role if role is not Role.SCHEDULER]
    lines = [
        "# Roles and permissions",
        "",
        "Written by `make docs` from `server/domain/identity/permissions.py`. The vendor's roles hold for one contract each.",
        "",
        "| permission | " + " | ".join(role.label for role in roles) + " |",
        "|---|" + "---|" * len(roles),
    ]
    for permission in Permission:
        marks = ["✓" if permission in PERMISSIONS_OF[role] else "" for role in roles]
        lines.append(f"| `{permission.value}` {permission.label} | " + " | ".join(marks) + " |")
    return "\n".join(lines) + "\n"


def openapi_document() -> str:
    """The citizens' API as OpenAPI 3.1."""
    from server.api.openapi import document
    from server.app import create_app
    from tests.conftest import make_settings

    with tempfile.TemporaryDirectory() as folder:
        app = create_app(make_settings(Path(folder)))
        with app.app_context():
            return json.dumps(document(app), ensure_ascii=False, indent=2) + "\n"


def ofrep_document() -> str:
    """OFREP as we serve it, as OpenAPI 3.1."""
    from server.api.ofrep_document import document

    return json.dumps(document(), ensure_ascii=False, indent=2) + "\n"


PAGES = {
    "settings.md": settings_page,
    "permissions.md": permissions_page,
    "openapi.json": openapi_document,
    "ofrep.json": ofrep_document,
}


def main(arguments: list[str]) -> int:
    """Write the pages, or name those that differ."""
    stale = []
    for name, write in PAGES.items():
        path, text = HERE / name, write()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if "--check" not in arguments:
                path.write_text(text, encoding="utf-8")
    if "--check" in arguments and stale:
        print(f"out of step with the code: {', '.join(stale)} (make docs writes them)", file=sys.stderr)
        return 1
    print("generated documents are in step" if not stale else f"written: {', '.join(stale)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
