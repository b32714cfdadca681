"""Where an answer leads: OpenAPI links from what was made to what can be done with it."""

from __future__ import annotations

from typing import Any

# Where the id of what was made opens something elsewhere than below the address that made it.
ELSEWHERE = {"/api/v1/uploads": "/api/v1/attachments"}


def link(paths: dict[str, dict[str, Any]]) -> None:
    """Note at the answer that gives a new id what may be called with it, so that readers and tools find their way."""
    for path, operations in paths.items():
        made = operations.get("post", {}).get("responses", {}).get("201")
        onward = _below(f"{ELSEWHERE.get(path, path)}/{{id}}", paths)
        if made is not None and onward:
            parameters = {"id": "$response.body#/id"}
            made["links"] = {name: {"operationId": name, "parameters": parameters} for name in onward}


def _below(address: str, paths: dict[str, dict[str, Any]]) -> list[str]:
    """The operations at an address and below it."""
    return [
        operation["operationId"]
        for path, operations in paths.items()
        if path == address or path.startswith(f"{address}/")
        for operation in operations.values()
    ]
