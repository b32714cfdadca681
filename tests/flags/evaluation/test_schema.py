"""What flagd's JSON schema takes and refuses, we take and refuse: compared with the validator in flagd's npm package."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from server.domain.flags.evaluation import BadDocument, check
from tests.flags.evaluation.mutated import documents

CLIENTS = Path(__file__).parents[2] / "clients" / "node_modules"
COUNT = 4000 * int(os.environ.get("SHIJIAN_ORACLE_ROUNDS", "1"))


def refused(document: Any) -> dict[str, Any]:
    try:
        check(document)
    except BadDocument as bad:
        return dict(bad.fields)
    return {}


@pytest.mark.skipif(
    shutil.which("node") is None or not (CLIENTS / "@openfeature/flagd-core").is_dir(),
    reason="NOT COMPARED with flagd's schema: needs node and the npm packages of tests/clients (npm ci there)",
)
def test_the_same_documents_are_taken_as_by_the_schema_of_flagd() -> None:
    made = documents(7, COUNT)
    lines = "\n".join(json.dumps(document) for document in made)
    asked = subprocess.run(
        ["node", str(Path(__file__).with_name("validator.mjs")), str(CLIENTS)],
        input=lines, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    taken = [answer == "1" for answer in asked.stdout]
    assert len(taken) == len(made)
    assert 0.2 < sum(taken) / len(taken) < 0.8, "the documents should be of both kinds"
    wrong = [
        (document, faults, valid)
        for document, valid in zip(made, taken, strict=True)
        if bool(faults := refused(document)) is valid
    ]
    assert not wrong, f"{len(wrong)} of {len(made)}, the first: {wrong[0]}"
