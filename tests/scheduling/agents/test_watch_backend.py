from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from pydantic import ValidationError
from pytest_httpserver import HTTPServer
from werkzeug import Response

from scheduling.agents.base import AgentError, AgentRequest, InvalidOutput
from scheduling.agents.watch import WatchBackend, WatchOptions, page_text
from tests.flows.stack import free_port

pytestmark = pytest.mark.anyio

MORNING = datetime(2026, 3, 1, 7, tzinfo=UTC)
EVENING = datetime(2026, 3, 1, 19, tzinfo=UTC)


@dataclass
class Page:
    """One page looked at again and again, with the state carried on as the runner does."""

    httpserver: HTTPServer
    make_request: Callable[..., AgentRequest[Any]]
    state: dict[str, Any] = field(default_factory=dict)

    async def look(self, body: str | Response, **options):
        response = (
            body
            if isinstance(body, Response)
            else Response(body, content_type="text/html; charset=utf-8")
        )
        handler = self.httpserver.expect_oneshot_request("/page", method="GET")
        handler.respond_with_response(response)
        request = self.make_request(
            WatchOptions(url=self.httpserver.url_for("/page"), **options),
            state=self.state,
        )
        result = await WatchBackend().invoke(request)
        self.state = dict(result.state or {})
        return result


@pytest.fixture
def page(httpserver, make_request) -> Page:
    return Page(httpserver, make_request)


async def test_the_address_is_looked_at_before(httpserver, context):
    options = WatchOptions(url=httpserver.url_for("/page"))
    (found,) = await WatchBackend().preflight(options, {}, context)
    assert found.ok


async def test_a_server_that_is_away_is_found_before(context):
    options = WatchOptions(url=f"http://127.0.0.1:{free_port()}/page")
    (found,) = await WatchBackend().preflight(options, {}, context)
    assert (found.ok, found.passing) == (False, True)


async def test_the_first_look_is_no_change(page):
    result = await page.look("<p>One</p><p>Two</p>")
    assert result.output.startswith("Now watching http://")
    assert "(2 lines)" in result.output
    assert result.metadata["changed"] is False
    assert result.metadata["first_look"] is True
    assert page.state["text"] == "One\nTwo"


async def test_the_same_page_has_not_changed_since_the_first_look(page):
    with time_machine.travel(MORNING, tick=False):
        await page.look("<p>One</p>")
    with time_machine.travel(EVENING, tick=False):
        result = await page.look("<p>One</p>")
    assert result.output == "No change since 2026-03-01 07:00 UTC."
    assert result.metadata["changed"] is False
    assert page.state["seen_at"] == MORNING.isoformat()


async def test_a_change_tells_what_came_and_what_went(page):
    await page.look("<p>Open</p><p>Price: 10</p>")
    result = await page.look("<p>Open</p><p>Price: 12</p><p>Sale</p>")
    assert "2 lines new, 1 line gone" in result.output
    assert "```diff\n- Price: 10\n+ Price: 12\n+ Sale\n```" in result.output
    assert result.output_type == "markdown"
    assert result.metadata == {
        "changed": True,
        "first_look": False,
        "host": "localhost",
        "lines_added": 2,
        "lines_removed": 1,
        "diff": "```diff\n- Price: 10\n+ Price: 12\n+ Sale\n```",
    }


async def test_a_change_is_told_once(page):
    await page.look("<p>One</p>")
    await page.look("<p>Two</p>")
    assert (await page.look("<p>Two</p>")).metadata["changed"] is False


async def test_another_order_is_a_change(page):
    await page.look("<p>One</p><p>Two</p>")
    result = await page.look("<p>Two</p><p>One</p>")
    assert result.metadata["changed"] is True
    assert "another order" in result.output


async def test_ignored_lines_do_not_count(page):
    ignore = ["updated", " VISITORS  today"]
    await page.look("<p>News</p><p>Updated 1:00</p>", ignore_lines_with=ignore)
    result = await page.look(
        "<p>News</p><p>Updated 2:00</p><p>5 visitors today</p>",
        ignore_lines_with=ignore,
    )
    assert result.metadata["changed"] is False


async def test_scripts_and_styles_do_not_count(page):
    await page.look("<head><style>a{}</style></head><body>Hi<script>1</script></body>")
    result = await page.look(
        "<head><style>b{}</style></head><body>Hi<script>2</script></body>"
    )
    assert result.metadata["changed"] is False
    assert page.state["text"] == "Hi"


async def test_a_page_cannot_break_out_of_the_fence(page):
    await page.look("<p>One</p>")
    result = await page.look("<p>```</p><p>@everyone</p>")
    assert "````diff\n" in result.output
    assert result.output.endswith("\n````")


async def test_many_changes_are_counted_and_not_all_shown(page):
    await page.look("<p>One</p>")
    result = await page.look("".join(f"<p>Line {n}</p>" for n in range(500)))
    assert "… and 401 lines more." in result.output
    assert result.metadata["lines_added"] == 500


async def test_a_page_that_is_too_long_is_compared_in_part_and_says_so(page):
    result = await page.look("<p>word</p>" * 100, max_chars=100)
    assert "longer than what is compared" in result.output
    assert len(page.state["text"]) <= 100


async def test_a_download_that_was_cut_is_compared_without_its_last_line(page):
    body = "\n".join(["first", "x" * 250_000])
    result = await page.look(Response(body, content_type="text/plain"))
    assert page.state["text"] == "first"
    assert "longer than what is compared" in result.output


async def test_another_address_begins_anew(page, httpserver, make_request):
    await page.look("<p>One</p>")
    page.state["url"] = "http://elsewhere.example/"
    assert (await page.look("<p>Two</p>")).metadata["first_look"] is True


@pytest.mark.parametrize("state", [{"text": 5}, {"other": "agent"}])
async def test_a_foreign_state_begins_anew(page, state):
    page.state = state
    assert (await page.look("<p>One</p>")).metadata["first_look"] is True


async def test_plain_text_is_compared_by_its_lines(page):
    await page.look(Response("a < b\nc", content_type="text/plain"))
    assert page.state["text"] == "a < b\nc"


@pytest.mark.parametrize("charset", ["iso-8859-1", "klingon", "punycode", "idna"])
async def test_a_charset_is_obeyed_when_it_is_known(page, charset):
    headers = {"Content-Type": f"text/plain; charset={charset}"}
    known = charset if charset == "iso-8859-1" else "utf-8"
    await page.look(Response("Grüße".encode(known), headers=headers))
    assert page.state["text"] == "Grüße"


async def test_a_picture_is_not_watched(page):
    with pytest.raises(InvalidOutput, match="image/png"):
        await page.look(Response(b"\x89PNG", content_type="image/png"))


@pytest.mark.parametrize(("status", "retryable"), [(503, True), (404, False)])
async def test_a_page_that_is_not_there_is_an_error(page, status, retryable):
    with pytest.raises(
        AgentError, match=f"the page answered with status {status}"
    ) as e:
        await page.look(Response("<p>gone</p>", status=status))
    assert e.value.retryable is retryable


@pytest.mark.parametrize("words", ["", "  "])
def test_what_would_ignore_every_line_is_refused(words):
    with pytest.raises(ValidationError, match="would be found in every line"):
        WatchOptions(url="http://example.com/", ignore_lines_with=[words])


@pytest.mark.timeout(20)
async def test_words_that_would_be_a_costly_regular_expression_are_plain_text(page):
    result = await page.look(f"<p>{'a' * 900}!</p>", ignore_lines_with=["(a+)+$"])
    assert result.metadata["changed"] is False
    assert page.state["text"] == "a" * 900 + "!"


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        ("<p>One <b>bold</b> word</p>", ["One bold word"]),
        ("a<br>b<br/>c", ["a", "b", "c"]),
        ("<li>x &amp; y</li><li>&#233;</li>", ["x & y", "é"]),
        ("<p>over\n  two lines</p>", ["over two lines"]),
        ("<tr><td>1</td><td>2</td></tr>", ["1", "2"]),
        ("<noscript><p>no</p></noscript>yes", ["yes"]),
        ("<p>unclosed <svg><path/></svg>after", ["unclosed after"]),
        ("<head><title>t</title><body>b", ["b"]),
    ],
)
def test_a_page_reads_as_a_reader_sees_it(html, lines):
    text = page_text(html)
    assert [" ".join(ln.split()) for ln in text.splitlines() if ln.strip()] == lines


@pytest.mark.parametrize(
    "endless", ["<a ", "<!--", "</a ", "<a b='", "<?", "<![CDATA[", "</", "<svg></b>"]
)
def test_a_page_takes_linear_time_whatever_never_ends_in_it(endless):
    assert page_text(f"<p>News</p>{endless * 100_000}").split() == ["News"]


@pytest.mark.parametrize("html", ["<![a[x]]>", f"&#{'9' * 5000};"])
def test_what_the_parser_gives_up_is_invalid_output(html):
    with pytest.raises(InvalidOutput, match="cannot be read"):
        page_text(html)


def test_the_end_of_a_page_is_read_too():
    assert page_text("<p>AT&T").split() == ["AT&T"]
