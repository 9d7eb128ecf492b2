"""Markdown as safe HTML."""

from __future__ import annotations

import re
from time import process_time

import pytest

from pages import code
from pages.markdown import MAX_CHARS, MAX_FORMATTED, plain, render

TAGS = re.compile(r"<(\w+)")


def tags(text):
    return set(TAGS.findall(render(text)))


# -- what agents write


def test_headings_emphasis_and_line_breaks():
    html = render("# Up\n\n**bold** *it* ~~old~~\nnext")
    assert "<h1>Up</h1>" in html
    assert "<strong>bold</strong> <em>it</em> <s>old</s><br>" in html


def test_a_table_keeps_its_alignment_without_a_style():
    html = render("| a | b | c |\n|:--|:-:|--:|\n| 1 | 2 | 3 |")
    assert '<td class="bb-left">1</td>' in html
    assert '<td class="bb-center">2</td>' in html
    assert '<td class="bb-right">3</td>' in html
    assert "style" not in html


def test_lists_nest_by_two_blanks_and_keep_their_start():
    html = render("3. a\n4. b\n   - c\n     - d")
    assert '<ol start="3">' in html
    assert html.count("<ul>") == 2


def test_code_of_a_known_language_is_coloured():
    html = render('```python\ndef f(): return "<b>"\n```')
    assert '<div class="code">' in html
    assert '<span class="k">def</span>' in html
    assert "&lt;b&gt;" in html


@pytest.mark.parametrize(
    "language", ["", "nonsense", "<b>", 'x" onclick="alert(1)', "ini", "text"]
)
def test_other_code_is_shown_as_it_is(language):
    html = render(f"```{language}\na = <b>\n```")
    assert '<div class="code"><pre>' in html
    assert "a = &lt;b&gt;" in html
    assert "onclick" not in html


def test_code_that_takes_too_long_is_shown_without_colours():
    html = code.highlighted("x = 1", "python", deadline=0.0)
    assert "x = 1" in html
    assert "<span class" not in html


@pytest.mark.parametrize("language", sorted(code.LANGUAGES))
def test_each_known_language_has_a_lexer(language):
    assert "code" in code.highlighted("x", language, deadline=float("inf"))


def test_boxes_of_a_list_are_drawn():
    html = render("- [ ] todo\n- [x] done\n- [X] **too**\n- [y] no\n\n[ ] text")
    shown = ("☐ todo", "☑ done", "☑ <strong>too", "[y] no", "<p>[ ] text")
    assert [part for part in shown if part not in html] == []


# -- links


@pytest.mark.parametrize(
    ("text", "address", "label"),
    [
        ("[a](https://a.vn/b)", "https://a.vn/b", "a"),
        ("[a](mailto:lan@a.vn)", "mailto:lan@a.vn", "a"),
        ("<https://a.vn>", "https://a.vn", "https://a.vn"),
        ("see https://a.vn/b_c_d.", "https://a.vn/b_c_d", "https://a.vn/b_c_d"),
        ("(https://a.vn/x(1))", "https://a.vn/x(1)", "https://a.vn/x(1)"),
        ("**HTTP://a.vn**", "HTTP://a.vn", "HTTP://a.vn"),
        ("https://a.vn/?a=1&b=2, ok", "https://a.vn/?a=1&amp;b=2", None),
        ("![chart](https://a.vn/c.png)", "https://a.vn/c.png", "chart"),
        ("![](https://a.vn/c.png)", "https://a.vn/c.png", "https://a.vn/c.png"),
        ("[![b](https://x.vn/i)](https://a.vn)", "https://a.vn", "b"),
    ],
)
def test_links_pictures_and_bare_addresses_become_links(text, address, label):
    html = render(text)
    (found,) = re.findall(r'<a href="([^"]*)"[^>]*>(.*?)</a>', html)
    assert found[0] == address
    assert label is None or found[1] == label
    assert 'rel="noopener noreferrer nofollow"' in html
    assert "<img" not in html


def test_what_stands_around_an_address_stays():
    assert "(see " in render("(see https://a.vn)!")
    assert "</a>)!" in render("(see https://a.vn)!")


@pytest.mark.parametrize(
    "text", ["`https://a.vn`", "```\nhttps://a.vn\n```", "http://"]
)
def test_code_and_halves_of_addresses_are_no_links(text):
    assert "a" not in tags(text)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x",
        "file:///etc/passwd", "ftp://a.vn", "/admin/", "//a.vn", "java\tscript:alert(1)",
        "&#106;avascript:alert(1)", "tel:1", "\x01javascript:alert(1)",
    ],
)  # fmt: skip
def test_links_to_anything_but_the_web_are_dropped(address):
    for text in (f"[x]({address})", f"![x]({address})", f"[x][1]\n\n[1]: {address}"):
        assert "href" not in render(text)
        assert "src" not in render(text).replace("javascript", "")


# -- hostile text


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "a <b onmouseover=alert(1)>b</b>",
        "<!-- x --><iframe src=//a.vn></iframe>",
        "<style>*{display:none}</style>",
        '<a href="javascript:alert(1)">x</a>',
        "<div class='bb-empty'>x</div>",
        "<math><mi//xlink:href='data:x,<script>alert(4)</script>'>",
    ],
)
def test_html_stays_text(text):
    html = render(text)
    assert tags(text) <= {"p"}
    assert "&lt;" in html


def test_attributes_cannot_be_smuggled_in():
    html = render('[x](https://a.vn "\\" onclick=alert(1) ")')
    assert re.fullmatch(
        r'<p><a href="[^"]*" title="[^"]*" rel="[^"]*">x</a></p>\s*', html
    )


@pytest.mark.parametrize(
    "text", ["@everyone", "<@U123>", "مرحبا", "a\u200bb", "\u202ea"]
)
def test_other_text_is_left_alone(text):
    assert text.replace("<", "&lt;").replace(">", "&gt;") in render(text)


@pytest.mark.parametrize("text", ["", " ", "\0", "\ufeff", "\r\n"])
def test_nothing_is_nothing(text):
    assert "<script" not in render(text)


@pytest.mark.parametrize(
    "part",
    [
        "[",
        "![",
        "[a](",
        "`a",
        "*a",
        "**a *",
        "|",
        ">",
        "> ",
        "<a ",
        "- a\n",
        "#\n",
        "```\n",
    ],
)
def test_text_that_is_made_to_be_slow_is_shown_in_time(part):
    text = (part * MAX_FORMATTED)[:MAX_FORMATTED]
    started = process_time()
    render(text)
    assert process_time() - started < 5


@pytest.mark.parametrize("part", ["[", ">", "`", "*", "|", "- "])
def test_a_text_too_long_to_be_formatted_takes_no_time(part):
    started = process_time()
    render(part * 200_000)
    assert process_time() - started < 0.5


@pytest.mark.parametrize(
    ("language", "part"),
    [
        ("python", " \n"),
        ("java", "a "),
        ("csharp", "\n"),
        ("css", '"\\'),
        ("html", "&"),
    ],
)
def test_code_that_is_made_to_be_slow_is_shown_in_time(language, part):
    block = f"```{language}\n{part * 3_000}\n```\n"
    started = process_time()
    render(block * 8)
    assert process_time() - started < 5


def test_a_table_cannot_be_blown_up():
    wide = "|a" * 400 + "\n" + "|-" * 400 + "\n" + "|\n" * 20_000
    assert len(render(wide[:MAX_FORMATTED])) < 3_000_000


# -- text that is not formatted


def test_a_long_text_is_shown_whole_as_it_is():
    html = render("<b>" + "x" * MAX_FORMATTED + "</b>")
    assert "as it is" in html
    assert "&lt;b&gt;" in html
    assert "x&lt;/b&gt;" in html


def test_a_longer_one_is_shown_in_part_and_says_where_the_rest_is():
    html = render("x" * 1_234_567)
    assert "first 200,000 of its 1,234,567 characters" in html
    assert "download" in html
    assert "x" * MAX_CHARS in html
    assert "x" * (MAX_CHARS + 1) not in html


def test_what_is_nested_too_deeply_is_not_lost():
    assert "treasure" in render("> " * 30 + "treasure")
    nested = "".join("  " * depth + f"- level {depth}\n" for depth in range(30))
    assert "level 29" in render(nested)


# -- excerpts


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# Up\n\n**VN** [rose](https://a.vn)", "Up VN rose"),
        ("- a\n- b_c", "a b_c"),
        ("> q\n\n| a | b |\n|---|---|\n| 1 | 2 |", "q a b 1 2"),
        ("```python\nx = 1\n```", "x = 1"),
        ("[cut](https://a", "cut"),
        ("so **bold and c", "so bold and c"),
        ("[a](https://a.vn/x_(y)) b", "a b"),
        ("- [ ] open\n- [x] done", "☐ open ☑ done"),
        ("1 * 2\n3 ** 4 | [1]", "1 * 2 3 ** 4 | [1]"),
        ("`a*b`  \n\n---\n![chart](https://a.vn/c.png)", "a*b chart"),
        ("> " * 30 + "deep", "> " * 30 + "deep"),
    ],
)
def test_an_excerpt_is_one_line_without_markup(text, shown):
    assert plain(text) == shown
