"""Markdown of an announcement or an article: links and tables, nothing that runs, and no text that takes minutes."""

from __future__ import annotations

import pytest

from server.domain.notices import rendered, summary_of

LONGEST = 20_000


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("[首页](https://a.cn)", '<a href="https://a.cn" rel="noopener noreferrer">首页</a>'),
        ("[点**我**](https://a.cn/b_(c)?x=1)", "点<strong>我</strong></a>"),
        ('[页](https://a.cn "题")', 'title="题"'),
        ("[电话](tel:12315)", 'href="tel:12315"'),
        ("前![图](https://a.cn/x.png)后", "<p>前后</p>"),
        ("`a[0](x)`", "<code>a[0](x)</code>"),
        ("[甲][乙]", "<p>[甲][乙]</p>"),
        ("[1]: https://a.cn", "<p>[1]: https://a.cn</p>"),
        ("[不行](javascript:alert(1))", '<a rel="noopener noreferrer">不行</a>'),
        ("<https://a.cn>", '<a href="https://a.cn"'),
        ("<b>粗</b><script>x</script>", "<p>粗</p>"),
    ],
)
def test_what_is_written_and_what_is_read(body: str, html: str) -> None:
    assert html in rendered(body)


# Each took the library minutes, or may: a text is as long as an article may be.
@pytest.mark.parametrize("piece", ["[", "![", "[a](", "<a ", "<div>", "<!--", "*a", "`a", "> ", "|a", "](", "__a"])
def test_no_text_keeps_a_reader_waiting(piece: str) -> None:
    body = (piece * LONGEST)[:LONGEST]
    assert rendered(body) is not None
    assert len(summary_of(body)) <= 100
