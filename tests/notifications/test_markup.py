from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.markup import (
    neutralise_mentions,
    tables_as_code,
    telegram_plain,
    to_slack,
    to_telegram,
)

TABLE = "| name | **n** |\n|---|---|\n| Phở | `1` |\n| 日本 | [two](http://x.y) |"
ALIGNED = "name | n\n-----+----\nPhở  | 1\n日本 | two"


@pytest.mark.parametrize(
    ("source", "slack", "telegram"),
    [
        ("**b** __b__", "*b* *b*", "<b>b</b> <b>b</b>"),
        ("*i* _i_", "_i_ _i_", "<i>i</i> <i>i</i>"),
        ("~~s~~", "~s~", "<s>s</s>"),
        ("***x***", "_*x*_", "<i><b>x</b></i>"),
        ("# Head **bold**", "*Head bold*", "<b>Head bold</b>"),
        ("`a < b`", "`a &lt; b`", "<code>a &lt; b</code>"),
        ("- a\n- b", "• a\n• b", "• a\n• b"),
        ("3. a\n4. b", "3. a\n4. b", "3. a\n4. b"),
        ("- a\n  - b\n- c", "• a\n  • b\n• c", "• a\n  • b\n• c"),
        (
            "> q\n> r",
            "&gt; q\n&gt; r".replace("&gt;", ">"),
            "<blockquote>q\nr</blockquote>",
        ),
        ("a\n\n---\n\nb", "a\n\n———\n\nb", "a\n\n———\n\nb"),
        ("a\nb  \nc", "a\nb\nc", "a\nb\nc"),
        (r"\*a\*", "*a*", "*a*"),
        (
            "snake_case_name 2*3*4",
            "snake_case_name 2_3_4",
            "snake_case_name 2<i>3</i>4",
        ),
    ],
)
def test_markdown_is_written_in_the_chats_own_dialect(source, slack, telegram):
    assert to_slack(source) == slack
    assert to_telegram(source) == telegram


def test_code_is_left_alone_but_for_escaping():
    source = "```python\nif a < b:  # *x* _y_ @here\n    pass\n```"
    assert to_slack(source).startswith("```\nif a &lt; b:  # *x* _y_ @")
    assert to_telegram(source) == (
        '<pre><code class="language-python">'
        "if a &lt; b:  # *x* _y_ @here\n    pass</code></pre>"
    )


def test_a_language_cannot_break_out_of_its_attribute():
    made = to_telegram('```a"onclick=x\ncode\n```')
    assert made == '<pre>a"onclick=x\ncode</pre>'


def test_words_after_a_fence_are_shown_and_a_language_is_not():
    assert to_slack("```two words\ncode\n```") == "```\ntwo words\ncode\n```"
    assert to_slack("```py\ncode\n```") == "```\ncode\n```"


def test_backticks_inside_slack_code_do_not_end_it():
    made = to_slack("````\n```\ninner\n```\n````")
    assert made.count("```") == 2


def test_code_in_a_list_is_not_indented():
    made = to_slack("- a\n  - b\n\n    ```\n    x = 1\n    ```\n")
    assert "```\nx = 1\n```" in made


def test_a_table_is_shown_as_aligned_code():
    assert to_slack(TABLE) == f"```\n{ALIGNED}\n```"
    assert to_telegram(TABLE) == f"<pre>{ALIGNED}</pre>"


def test_tables_in_the_source_become_code_and_the_rest_stays():
    source = f"*before*\n\n{TABLE}\n\nafter | here"
    assert tables_as_code(source) == f"*before*\n\n```\n{ALIGNED}\n```\n\nafter | here"


def test_a_cell_beyond_the_header_is_not_lost():
    made = tables_as_code("| a | b |\n|---|---|\n| x | y | z |\n| v |")
    assert made == "```\na | b\n--+---+--\nx | y | z\nv\n```".replace(
        "+---+--", "+---+--"
    )


def test_an_escaped_border_is_part_of_its_cell():
    assert "\nx|y | z\n" in tables_as_code("| a | b |\n|---|---|\n| x\\|y | z |")


def test_a_table_inside_a_code_fence_stays():
    source = f"```\n{TABLE}\n```"
    assert tables_as_code(source) == source


def test_backticks_in_a_table_do_not_end_its_fence():
    made = tables_as_code("| a |\n|---|\n| `` ``` `` |")
    assert made.startswith("````\n")
    assert made.endswith("\n````")


def test_links_keep_their_address_when_the_scheme_is_fine():
    source = "[a|b](https://x.y/?q=1&r=2|3)"
    assert to_slack(source) == "<https://x.y/?q=1&amp;r=2%7C3|a|b>"
    assert 'href="https://x.y/?q=1&amp;r=2' in to_telegram(source)


def test_a_bare_autolink_is_a_link():
    assert to_slack("<https://x.y>") == "<https://x.y>"
    assert to_telegram("<https://x.y>") == '<a href="https://x.y">https://x.y</a>'


def test_mail_is_linked_in_slack_only_and_tg_in_telegram_only():
    assert to_slack("[m](mailto:a@b.c)") == "<mailto:a@b.c|m>"
    assert to_telegram("[m](mailto:a@b.c)") == "m (mailto:a@b.c)"
    assert to_telegram("[m](tg://resolve)") == '<a href="tg://resolve">m</a>'
    assert to_slack("[m](tg://resolve)") == "m (tg://resolve)"


@pytest.mark.parametrize("convert", [to_slack, to_telegram])
@pytest.mark.parametrize("url", ["ftp://x", "/relative", "slack://open"])
def test_other_links_become_text_with_their_address(convert, url):
    assert convert(f"[label]({url})") == f"label ({url})"


@pytest.mark.parametrize("convert", [to_slack, to_telegram])
@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x"])
def test_a_dangerous_link_is_never_one(convert, url):
    made = convert(f"[label]({url})")
    assert "<" not in made


def test_an_image_becomes_a_link():
    assert to_slack("![chart](https://x.y/i.png)") == "<https://x.y/i.png|chart>"


@pytest.mark.parametrize("convert", [to_slack, to_telegram])
@pytest.mark.parametrize(
    "source", ["<script>x</script>", "<!channel>", "<@U1>", "&lt;!here&gt;"]
)
def test_what_looks_like_a_tag_is_escaped(convert, source):
    made = convert(source)
    assert "<" not in made
    assert "&lt;" in made


@pytest.mark.parametrize("word", ["@everyone", "@here", "@channel", "<@123>", "<@&9>"])
def test_a_mention_is_shown_but_calls_nobody(word):
    made = neutralise_mentions(f"hi {word}")
    assert word not in made
    assert made.replace("\u200d", "") == f"hi {word}"


def test_other_at_signs_stay():
    assert neutralise_mentions("a@b.c @someone") == "a@b.c @someone"


@pytest.mark.parametrize(
    "source", ["@everyone", "@&#101;veryone", r"\@here", "@h&#101;re"]
)
def test_an_encoded_mention_is_inert_in_slack_too(source):
    made = to_slack(source)
    assert "@everyone" not in made
    assert "@here" not in made


@pytest.mark.parametrize("convert", [to_slack, to_telegram])
@pytest.mark.parametrize(
    "source", ["[]()", "![]()", "**", "```\n```", ">", "#", "&#32;"]
)
def test_a_text_of_nothing_but_markup_is_never_blank(convert, source):
    assert convert(source).strip()


def test_bold_over_several_lines_is_bold_on_each_in_slack():
    assert to_slack("**a\nb**") == "*a*\n*b*"


def test_a_link_definition_does_not_vanish():
    assert "[x]: http://y.z" in to_slack("[x]: http://y.z")


def test_the_plain_text_of_telegram_html_is_what_is_shown():
    source = "**b** `1 < 2 & 3` [l](https://x.y/?a=1&b=2) <https://z.y>"
    plain = telegram_plain(to_telegram(source))
    assert plain == "b 1 < 2 & 3 l (https://x.y/?a=1&b=2) https://z.y"


class StrictTelegram(HTMLParser):
    """Telegram's reader as its documentation has it: known tags, properly nested."""

    def __init__(self):
        super().__init__(convert_charrefs=False)
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        assert tag in {"b", "i", "s", "code", "pre", "a", "blockquote"}
        assert all(name in {"href", "class"} for name, _ in attrs)
        assert tag != "blockquote" or "blockquote" not in self.open
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_entityref(self, name):
        assert name in {"lt", "gt", "amp", "quot"}

    def handle_charref(self, name):
        assert name == "x27"

    def handle_data(self, data):
        assert "<" not in data
        self.text += data

    def handle_comment(self, data):
        raise AssertionError(data)

    def handle_decl(self, decl):
        raise AssertionError(decl)


MARKDOWN = st.text(
    st.sampled_from("ab \n\t*_~`#>-+1.|[]()!<>&@;:\\/\"'é😀") | st.characters(codec="utf-8")
) | st.lists(
    st.sampled_from(
        ["**", "*", "`", "```", "\n", "> ", "- ", "[a](http://b)", "<b>", "&lt;", " x ",
         "| a | b |\n|---|---|\n| c | d |\n", "# ", "<@U1>", "@here", "1. ", "    "]
    )
).map("".join)  # fmt: skip


@pytest.mark.parametrize("convert", [to_slack, to_telegram])
@pytest.mark.parametrize("mark", ["> ", "- ", "1. ", "> - ", "*a **"])
@pytest.mark.parametrize("depth", [1, 9, 10, 11, 18, 19, 20, 21, 40])
def test_text_in_very_deep_nesting_is_not_lost(convert, mark, depth):
    assert "hello" in convert(mark * depth + "hello")


WORDY = st.lists(
    st.sampled_from(
        ["**", "*", "`", "~~", "\n```\n", "\n", "\n> ", "\n- ", "\n1. ", "\n# ", "[", "]",
         "(", ")", "<", ">", "!", "|", "\n| a | b |\n|---|---|\n| ", "    ", "\n---\n", " "]
        + [f"«w{n}x»" for n in range(10)]
    )
).map("".join)  # fmt: skip


@given(WORDY)
def test_no_word_is_lost_in_conversion(source):
    words = Counter(re.findall(r"w\dx", source))
    assert Counter(re.findall(r"w\dx", to_slack(source))) >= words
    assert Counter(re.findall(r"w\dx", telegram_plain(to_telegram(source)))) >= words


@given(MARKDOWN)
def test_telegram_can_read_whatever_is_made(source):
    parser = StrictTelegram()
    parser.feed(to_telegram(source))
    parser.close()
    assert not parser.open


@given(MARKDOWN)
def test_slack_never_gets_a_live_mention(source):
    made = to_slack(source)
    for live in ("<!", "<@", "<#", "@here", "@everyone", "@channel"):
        assert live not in made


@given(MARKDOWN)
def test_plain_text_of_whatever_is_made_has_no_tags_of_ours(source):
    assert "<pre>" not in telegram_plain(to_telegram(source.replace("<", "")))
