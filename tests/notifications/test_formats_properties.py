"""Any text becomes legal messages, of which no word is lost and nothing pings: every chat format.

What is legal is written here from the vendors' documents, apart from the formats themselves.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from email import message_from_bytes, policy
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from notifications.carriers.letter import compose
from notifications.formatters import (
    FORMATTERS,
    FormatConfig,
    NotificationPayload,
    get_formatter,
)
from notifications.markup import parsing, tables
from signals.sanitise import clean_text

CHATS = ("discord", "slack", "telegram", "teams", "google_chat")
LONGEST = 200_000
JOINERS = re.compile("[\u200b\u200d]")
CUT = "Cut here: the whole output has"


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def text_of(most: int) -> dict[str, Any]:
    """A string that shows something; its length is counted apart, in UTF-16 units."""
    return {"type": "string", "minLength": 1, "maxLength": most, "pattern": r"\S"}


def obj(_optional: tuple[str, ...] = (), **fields: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": fields,
        "required": [name for name in fields if name not in _optional],
        "additionalProperties": False,
    }


def const(value: Any) -> dict[str, Any]:
    return {"const": value}


CARD_TEXT = obj(
    ("size", "weight", "color", "isSubtle"),
    type=const("TextBlock"),
    text={"type": "string", "pattern": r"\S"},
    wrap=const(True),
    size={"enum": ["small", "default", "medium", "large", "extraLarge"]},
    weight={"enum": ["lighter", "default", "bolder"]},
    color={"enum": ["default", "attention"]},
    isSubtle=const(True),
)
CARD_CODE = obj(
    type=const("RichTextBlock"),
    inlines={
        "type": "array",
        "minItems": 1,
        "items": obj(
            type=const("TextRun"),
            text={"type": "string", "pattern": r"\S"},
            fontType={"enum": ["default", "monospace"]},
        ),
    },
)
SCHEMAS = {
    "discord": obj(
        embeds={
            "type": "array",
            "minItems": 1,
            "maxItems": 10,
            "items": obj(
                title=text_of(256),
                description=text_of(4096),
                color={"type": "integer", "minimum": 0, "maximum": 0xFFFFFF},
                footer=obj(text=text_of(2048)),
            ),
        },
        allowed_mentions=obj(parse=const([])),
    ),
    "slack": obj(
        text=text_of(40_000),
        blocks={
            "type": "array",
            "maxItems": 50,
            "items": {
                "oneOf": [
                    obj(
                        type=const("header"),
                        text=obj(type=const("plain_text"), text=text_of(150)),
                    ),
                    obj(
                        type=const("section"),
                        text=obj(type=const("mrkdwn"), text=text_of(3000)),
                    ),
                    obj(
                        type=const("context"),
                        elements={
                            "type": "array",
                            "maxItems": 10,
                            "items": obj(type=const("mrkdwn"), text=text_of(3000)),
                        },
                    ),
                ]
            },
        },
    ),
    "telegram": obj(
        chat_id=const("-100"),
        text=text_of(4096),
        parse_mode=const("HTML"),
        link_preview_options=obj(is_disabled=const(True)),
    ),
    "teams": obj(
        type=const("message"),
        attachments={
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": obj(
                contentType=const("application/vnd.microsoft.card.adaptive"),
                content={
                    "type": "object",
                    "required": ["type", "version", "body"],
                    "properties": {
                        "type": const("AdaptiveCard"),
                        "version": {"enum": ["1.2", "1.3", "1.4", "1.5"]},
                        "body": {
                            "type": "array",
                            "minItems": 2,
                            "items": {"oneOf": [CARD_TEXT, CARD_CODE]},
                        },
                    },
                },
            ),
        },
    ),
    "google_chat": obj(text=text_of(4096)),
}
VALIDATORS = {name: Draft202012Validator(schema) for name, schema in SCHEMAS.items()}


class TelegramReader(HTMLParser):
    """Telegram's reader as its documentation has it: known tags, properly nested."""

    TAGS = frozenset({"b", "i", "s", "code", "pre", "a", "blockquote"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.open: list[str] = []
        self.entities = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.TAGS
        assert tag not in self.open or tag == "b"
        assert not {"code", "pre"} & set(self.open) or (
            tag == "code" and self.open[-1] == "pre"
        )
        for name, value in attrs:
            assert (tag, name) in {("a", "href"), ("code", "class")}
            assert name == "class" or re.match("(https?|tg)://", value, re.IGNORECASE)
        self.open.append(tag)
        self.entities += 1

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_entityref(self, name: str) -> None:
        assert name in {"lt", "gt", "amp", "quot"}

    def handle_data(self, data: str) -> None:
        assert "<" not in data


CARD_MARKDOWN = MarkdownIt("js-default", {"html": True})
"""Reads more than any card does: what it takes for nothing is nothing to Teams."""
CARD_TOKENS = frozenset(
    {"inline", "text", "softbreak", "hardbreak", "paragraph_open", "paragraph_close"}
    | {f"{kind}_{end}" for kind in ("strong", "em", "s", "link") for end in ("open", "close")}
    | {f"{kind}_{end}" for kind in ("bullet_list", "ordered_list", "list_item") for end in ("open", "close")}
)  # fmt: skip


def legal_discord(message: dict[str, Any]) -> None:
    total = 0
    for embed in message["embeds"]:
        sizes = (
            units(embed["title"]),
            units(embed["description"]),
            units(embed["footer"]["text"]),
        )
        assert sizes[0] <= 256
        assert sizes[1] <= 4096
        assert sizes[2] <= 2048
        total += sum(sizes)
    assert total <= 6000


def legal_slack(message: dict[str, Any]) -> None:
    for block in message["blocks"]:
        if block["type"] == "section":
            made = block["text"]["text"]
            assert units(made) <= 3000
            # Control sequences are links that we made, and nothing else.
            for inside in re.findall("<([^>]*)>?", made):
                assert re.match(r"(https?://|mailto:)", inside, re.IGNORECASE), inside
            assert not re.search("&(?!(amp|lt|gt);)", made)
    assert units(message["blocks"][0]["text"]["text"]) <= 150
    assert units(json.dumps(message, ensure_ascii=False)) <= 13_000


def legal_telegram(message: dict[str, Any]) -> None:
    reader = TelegramReader()
    reader.feed(message["text"])
    reader.close()
    assert not reader.open
    assert reader.entities <= 100
    shown = html.unescape(re.sub("<[^>]*>", "", message["text"]))
    assert shown.strip()
    assert units(message["text"]) <= 4096


def legal_teams(message: dict[str, Any]) -> None:
    assert len(json.dumps(message, ensure_ascii=False).encode()) <= 14_000
    card = message["attachments"][0]["content"]
    assert "entities" not in card["msteams"]
    for piece in card["body"]:
        if piece["type"] == "TextBlock":
            check_card_markdown(piece["text"])


def check_card_markdown(made: str) -> None:
    for token in CARD_MARKDOWN.parse(made):
        for each in (token, *(token.children or ())):
            assert each.type in CARD_TOKENS, (each.type, each.content)
            if each.type == "link_open":
                assert re.match(
                    r"(https?://|mailto:)", each.attrs["href"], re.IGNORECASE
                )


def legal_google_chat(message: dict[str, Any]) -> None:
    assert units(message["text"]) <= 4096
    assert len(json.dumps(message, ensure_ascii=False).encode()) <= 32_000
    for inside in re.findall(
        r"<(?=\S)([^>]*)>?", message["text"].replace("<\u200d", "‹")
    ):
        assert re.match(r"(https?://|mailto:)", inside, re.IGNORECASE), inside


LEGAL: dict[str, Callable[[dict[str, Any]], None]] = {
    "discord": legal_discord,
    "slack": legal_slack,
    "telegram": legal_telegram,
    "teams": legal_teams,
    "google_chat": legal_google_chat,
}
LIVE = {
    "discord": ("@everyone", "@here", "<@1>", "<@&1>"),
    "slack": ("<!channel", "<!here", "<@U1", "<#C1", "@here", "@everyone", "@channel"),
    "telegram": (),
    "teams": ("<at>",),
    "google_chat": ("<users/",),
}


def payload(content: Any, name: str = "Report", **metadata: Any) -> NotificationPayload:
    return NotificationPayload(
        task_id=name,
        task_name=name,
        run_id="r1",
        user_id="45",
        output_type="text",
        content=content,
        metadata=metadata,
    )


def messages(
    chat: str, told: NotificationPayload, **options: int
) -> list[dict[str, Any]]:
    config = FormatConfig(chat_id="-100", options=options)
    made = get_formatter(chat).messages(told, config)
    for message in made:
        VALIDATORS[chat].validate(message)
        LEGAL[chat](message)
        sent = json.dumps(message, ensure_ascii=False)
        assert not [live for live in LIVE[chat] if live in sent]
    return made


def shown(chat: str, made: list[dict[str, Any]]) -> str:
    """The text of the messages, titles and footers left out, the marks of a dialect left in."""
    texts = []
    for message in made:
        match chat:
            case "discord":
                texts += [embed["description"] for embed in message["embeds"]]
            case "slack":
                texts += [each["text"]["text"] for each in message["blocks"][1:-1]]
            case "teams":
                body = message["attachments"][0]["content"]["body"][1:-1]
                texts += [
                    each.get("text") or each["inlines"][0]["text"] for each in body
                ]
            case _:
                texts.append(message["text"].split("\n\n", 1)[1])
    return "\n".join(texts)


PIECES = st.sampled_from(
    ["**", "*", "_", "`", "~~", "\n```\n", "\n~~~~\n", "```py\n", "\n", "\n\n", "\n> ", "\n- ",
     "\n  - ", "\n1. ", "\n# ", "[", "]", "](", ")", "(", "![", "[a](http://b.c)", "<https://x.y>",
     "<", ">", "|", "\\", "&", "&lt;", "&#64;here", "\n| a | b |\n|---|---|\n| c | ", " | d |\n",
     "    ", "\t", "\n---\n", "===", "@everyone", "@here", "@channel", "<!channel>", "<@U1>", "<@1>",
     "<@&1>", "<#C1>", "<users/all>", "<users/1>", "<at>Bob</at>", "<b>", "<script>", "</a>",
     "{{DATE(2017-02-14T06:08:00Z)}}", "{{content}}", "\"},{", "'", "javascript:x", "http://b.c/x",
     "😀", "👩‍👩‍👧", "é", "e\u0301", "\u202e", "\u200d", "\x00", "\x07", "\r\n", "\u2028", "漢字", "Phở", "x" * 500]
) | st.text(st.characters(codec="utf-8"), max_size=20)  # fmt: skip
WORD = " § "
"""Where it stands in a text, a numbered word is put that must arrive."""


def build(pieces: list[str], times: int) -> str:
    chunk = WORD.join(["", *pieces]) + WORD
    source = (chunk * times)[:LONGEST]
    count = iter(range(LONGEST))
    return clean_text(re.sub("§", lambda _: f"«w{next(count)}x»", source))


TEXTS = st.builds(
    build,
    st.lists(PIECES, min_size=1, max_size=30),
    st.sampled_from([1, 1, 1, 2, 5, 20, 100, 100_000]),
)


def words(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"w(\d+)x", JOINERS.sub("", text))]


@pytest.mark.parametrize("chat", CHATS)
@settings(deadline=None, max_examples=20, derandomize=True)
@given(source=TEXTS)
@example(source=build(["**b** [x](http://y.z)"], 100_000))
def test_any_text_is_legal_whole_and_calls_nobody(chat: str, source: str) -> None:
    made = messages(chat, payload(source), max_messages=200)
    arrived, sent = words(shown(chat, made)), words(source)
    if CUT in shown(chat, made):
        assert len(made) == 200
        assert arrived == sent[: len(arrived)]
    else:
        assert arrived == sent


@pytest.mark.parametrize("chat", CHATS)
@settings(deadline=None, max_examples=25, derandomize=True)
@given(
    name=st.text(st.characters(codec="utf-8"), max_size=300) | TEXTS.map(lambda t: t[:400]),
    content=st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    ),
    error=TEXTS.map(lambda t: t[:3000]),
)  # fmt: skip
def test_any_name_output_and_error_are_legal(
    chat: str, name: str, content: Any, error: str
) -> None:
    assert messages(chat, payload(content, name, status="failed", error=error))


PLAIN = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\u200b\u200d&|")
    .filter(lambda each: not each.isascii() or each.isalnum() or each == " "),
    min_size=1,
    max_size=60,
)  # fmt: skip


@pytest.mark.parametrize("chat", CHATS)
@settings(deadline=None, max_examples=30, derandomize=True)
@given(text=PLAIN, times=st.sampled_from([1, 3, 40, 100_000]))
def test_of_a_text_without_markup_no_character_is_lost(
    chat: str, text: str, times: int
) -> None:
    source = (text * times)[:LONGEST]
    made = messages(chat, payload(source), max_messages=200)
    there = JOINERS.sub("", re.sub(r"\s|[\\>`]|&\w+;", "", shown(chat, made)))
    wanted = JOINERS.sub("", re.sub(r"\s", "", source))
    assert there == wanted or (not wanted and there == "(nooutput)") or CUT in there


@pytest.mark.parametrize("format", ["raw", "standard", "template", "chat"])
@settings(deadline=None, max_examples=20, derandomize=True)
@given(source=TEXTS)
def test_any_text_reaches_a_program_or_an_inbox_as_it_is(
    format: str, source: str
) -> None:
    config = FormatConfig(
        chat_id="45", body_template={"text": "{{content}}"}, has_secret=True
    )
    (message,) = get_formatter(format).messages(payload(source), config)
    told = json.loads(json.dumps(message, allow_nan=False).encode())
    found = {
        "raw": lambda: told["content"],
        "standard": lambda: told["data"]["content"],
        "template": lambda: told["text"],
        "chat": lambda: told["text"],
    }[format]()
    assert words(found) == words(source)


@settings(deadline=None, max_examples=20, derandomize=True)
@given(
    source=TEXTS.map(lambda text: text[:LONGEST]),
    name=TEXTS.map(lambda text: text[:300].replace("w", "")),
)
@example(source=build(["𐀀"], 100_000)[:LONGEST], name="Astral")
def test_any_text_becomes_a_mail_that_is_whole_and_dead(source: str, name: str) -> None:
    (message,) = get_formatter("email").messages(payload(source, name), FormatConfig())
    sent = compose(message, ["a@example.com"], webhook_id="id").message().as_bytes()
    mail = message_from_bytes(sent, policy=policy.default)
    text, page = (mail.get_body([kind]) for kind in ("plain", "html"))
    assert text is not None
    assert page is not None
    said, whole = words(text.get_content()), words(source)
    if attached := [each.get_content() for each in mail.iter_attachments()]:
        assert [words(each) for each in attached] == [whole]
    else:
        assert said == whole
    assert said == whole[: len(said)]
    assert len(mail["Subject"].strip()) <= 200
    assert sorted(mail.keys()) == sorted(set(mail.keys()))
    assert mail["To"] == "a@example.com"
    assert not re.search(r"<(script|img|iframe|form)\b|<[^>]*\bhref=.?javascript:", page.get_content())  # fmt: skip


HOSTILE = ["[", "*a", "> ", "- a\n  ", "![](", "_a", "|a|b|\n|-|-|\n", "`", "<a@b.c> ", "\\", "😀\u200d", "\n"]  # fmt: skip


@pytest.mark.parametrize("chat", CHATS)
def test_a_megabyte_of_anything_reaches_the_parsers_in_small_part(
    chat: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = {"inline": 0, "tables": 0}

    def counting(parser: MarkdownIt, kind: str) -> None:
        whole = parser.parse

        def parse(source: str, *rest: Any) -> Any:
            seen[kind] += len(source)
            return whole(source, *rest)

        monkeypatch.setattr(parser, "parse", parse)

    config = FormatConfig(chat_id="-100", options={"max_messages": 2})
    counting(parsing.parser(), "inline")
    counting(tables._table_parser(), "tables")
    for mark in HOSTILE:
        seen.update(inline=0, tables=0)
        source = "".join(
            f"{mark * 12}{n} " for n in range(1_000_000 // (len(mark) * 12))
        )
        limits = FORMATTERS[chat].limits
        made = get_formatter(chat).messages(payload(source[:1_000_000]), config)
        room = (limits.total or limits.text or limits.body) * len(made)
        assert seen["inline"] <= 8 * room, mark
        assert seen["tables"] <= 8 * room, mark
