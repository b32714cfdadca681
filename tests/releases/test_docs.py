"""docs/releases.md says what the table says; ``python -m tests.releases.test_docs`` writes it anew."""

from __future__ import annotations

from pathlib import Path

from server.domain.releases import TABLE, Rule, State

DOCUMENT = Path(__file__).parents[2] / "docs" / "releases.md"
BEGIN, END = "<!-- steps -->\n", "<!-- /steps -->"


def table() -> str:
    """The steps as a Markdown table."""
    head = "| Step | | From | Leads to | Permission | By | WeChat is called |\n| --- | --- | --- | --- | --- | --- | --- |\n"
    return head + "".join(_row(rule) for rule in TABLE.values())


def _row(rule: Rule) -> str:
    sources = ", ".join(f"{state.value}" for state in State if state in rule.sources) or "–"
    to = rule.to.value if rule.to else "–"
    called = "yes" if rule.calls else ""
    cells = [
        f"`{rule.step.value}`",
        rule.step.label,
        sources,
        to,
        f"`{rule.permission.value}`",
        rule.hands.label,
        called,
    ]
    return f"| {' | '.join(cells)} |\n"


def test_the_document_has_the_table():
    _, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    assert rest.partition(END)[0] == table()


def main() -> None:
    """Write the table into the document."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    DOCUMENT.write_text(before + BEGIN + table() + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
