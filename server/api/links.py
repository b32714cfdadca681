"""Where an answer leads: OpenAPI links from what was made or listed to what can be done with it."""

from __future__ import annotations

from typing import Any

# Where the id of what was made opens something elsewhere than below the address that made it.
ELSEWHERE = {"/api/v1/uploads": "/api/v1/attachments"}
# Which answers name an id, and where in them.
PLACES = (("post", "201", "/id"), ("get", "200", "/items/0/id"))


def link(paths: dict[str, dict[str, Any]]) -> None:
    """Note at each answer with an id what may be called with it, so that readers and tools find their way."""
    for path, operations in paths.items():
        onward = _below(f"{ELSEWHERE.get(path, path)}/{{id}}", paths)
        for method, status, place in PLACES:
            answer = operations.get(method, {}).get("responses", {}).get(status)
            if answer is not None and onward:
                parameters = {"id": f"$response.body#{place}"}
                answer["links"] = {name: {"operationId": name, "parameters": parameters} for name in onward}


def _below(address: str, paths: dict[str, dict[str, Any]]) -> list[str]:
    """The operations at an address and below it."""
    return [
        operation["operationId"]
        for path, operations in paths.items()
        if path == address or path.startswith(f"{address}/")
        for operation in operations.values()
    ]
