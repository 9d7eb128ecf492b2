"""`manage.py listen_events`: what is said on the event bus, as it comes.

`events` lists what has been written down; this hears what is said now.
"""

from __future__ import annotations

import json
from typing import Any

from redis.exceptions import RedisError

from notifications.bus_message import EventMessage, is_pattern
from notifications.event_bus import connection
from notifications.subscriptions import Inbox, hub
from pages.commands import Command as BaseCommand
from pages.commands import CommandError, CommandParser, wrong

_CONNECT_SECONDS = 5.0


class Command(BaseCommand):
    help = "Print events as they are published, until Ctrl-C."
    examples = ("manage.py listen_events --type 'run.*' --json",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--agent", help="What subscribers of this agent hear; else everything.")  # fmt: skip
        parser.add_argument("--type", action="append", help="Such as run.failed or run.*; may be given again.")  # fmt: skip
        parser.add_argument("--json", action="store_true", help="Print each as a line of JSON.")  # fmt: skip
        parser.add_argument("--limit", type=int, default=0, help="End after so many.")

    def handle(self, *args: Any, **options: Any) -> None:
        for each in options["type"] or ():
            if not is_pattern(each):
                message = f"--type {each}: no event type; write run.failed or run.*."
                raise wrong(message)
        if options["limit"] < 0:
            message = f"--limit {options['limit']}: give 1 or more; 0 is without end."
            raise wrong(message)
        inbox = Inbox(options["agent"], options["type"])
        try:
            self._tail(inbox, options)
        except KeyboardInterrupt:
            pass
        finally:
            inbox.close()

    def _tail(self, inbox: Inbox, options: dict[str, Any]) -> None:
        try:
            connection().ping()
        except RedisError as error:
            raise CommandError(f"The event bus cannot be reached: {error}") from error
        hub().join(inbox)
        hub().listening.wait(_CONNECT_SECONDS)
        self.tell("Listening; Ctrl-C ends it.")
        heard = 0
        while not options["limit"] or heard < options["limit"]:
            message = inbox.get(1.0)
            if message is not None:
                heard += 1
                self.stdout.write(_line(message, as_json=options["json"]))
                self.stdout.flush()


def _line(message: EventMessage, *, as_json: bool) -> str:
    if as_json:
        return json.dumps(message.as_json(), ensure_ascii=False)
    about = message.payload.get("task_id") or "-"
    rest = {
        key: value
        for key, value in message.payload.items()
        if key not in ("event_id", "task_id") and value not in (None, "", [], {})
    }
    words = (message.timestamp[:19], message.event_type, message.source_agent or "-", str(about), json.dumps(rest, ensure_ascii=False))  # fmt: skip
    return "  ".join(words)
