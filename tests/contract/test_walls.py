"""The walls stand: import contracts hold, and each is seen to fail when it is broken."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

BREACHES = {
    "Imports run down only": ("server/domain/identity/actor.py", "import server.jobs"),
    "Inside the domain": ("server/domain/identity/actor.py", "import server.domain.tickets"),
    "know no HTTP": ("server/domain/calendar/clocks.py", "import flask"),
    "wechatpy lives in one gateway": ("server/api/problems.py", "import wechatpy"),
    "Flask-SQLAlchemy lives in core.db": ("server/domain/tickets/models.py", "import flask_sqlalchemy"),
    "Nothing in the service imports the simulators": ("server/api/problems.py", "import server.simulators"),
    "entered by their doors": ("server/domain/bugs/reports.py", "import server.domain.tickets.models"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    code = (
        "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command; lint_imports_command()"
    )
    return subprocess.run(
        [sys.executable, "-c", code, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("walls")
    shutil.copytree(
        ROOT / "server", folder / "server", ignore=shutil.ignore_patterns("node_modules", "vendor", "*.pyc")
    )
    shutil.copy(ROOT / "setup.cfg", folder)
    return folder


@pytest.mark.slow
def test_the_walls_stand(copy):
    answer = lint(copy)
    assert answer.returncode == 0, answer.stdout


@pytest.mark.slow
@pytest.mark.parametrize("contract", BREACHES)
def test_a_breach_is_seen(copy, contract):
    path, line = BREACHES[contract]
    target = copy / path
    whole = target.read_text(encoding="utf-8")
    target.write_text(f"{whole}\n{line}\n", encoding="utf-8")
    try:
        answer = lint(copy)
    finally:
        target.write_text(whole, encoding="utf-8")
    assert answer.returncode != 0
    broken = [row for row in answer.stdout.splitlines() if " BROKEN" in row]
    assert any(contract in row for row in broken), answer.stdout


def test_only_the_unit_of_work_commits():
    guilty = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "server").rglob("*.py")
        if re.search(r"\bcommit\(", path.read_text(encoding="utf-8")) and path.name != "db.py"
    ]
    assert guilty == []


def test_no_file_is_too_long():
    long = {
        str(path.relative_to(ROOT)): length
        for folder in ("server", "tests", "docs", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        if "node_modules" not in path.parts and (length := len(path.read_text(encoding="utf-8").splitlines())) > 500
    }
    assert long == {}


def test_every_module_says_what_it_is_for():
    silent = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "server").rglob("*.py")
        if "node_modules" not in path.parts
        and not path.read_text(encoding="utf-8").lstrip().startswith(('"""', 'r"""'))
    ]
    assert silent == []
