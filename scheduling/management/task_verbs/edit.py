"""`tasks create` and `tasks update`."""

from __future__ import annotations

import sys
from typing import Any

from pages.commands import CommandParser, Verb, wrong
from scheduling import services
from scheduling.management.task_verbs import asking, shown
from scheduling.management.task_verbs.asking import Options
from scheduling.management.task_verbs.schedule_options import (
    add_schedule,
    schedule_fields,
)
from scheduling.management.task_verbs.webhook_options import (
    add_webhooks,
    kept_webhooks,
    read_text,
    read_webhooks,
)
from scheduling.models import Agent, ScheduledTask

_SHOWN_AGENTS = 20


class Create(Verb):
    """Whoever it is made `--as` owns it."""

    name = "create"
    help = "Make a task. Without a schedule it runs by hand only."
    examples = (
        (
            'manage.py tasks create --name "Morning report" --agent echo --prompt "Report." '
            "--weekdays mon,tue,wed,thu,fri --time 07:00 --timezone Asia/Ho_Chi_Minh"
        ),
        (
            'manage.py tasks create --name Check --agent echo --prompt @check.md --cron "*/15 * * * *" '
            "--webhook name=Ops,format=slack,url=https://hooks.slack.com/services/T/B/x"
        ),
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--id", help="Else made from the name.")
        _add_what(parser, required=True)
        parser.add_argument("--target-user", metavar="ID", help="Whose inbox shows what it says.")  # fmt: skip
        add_schedule(parser)
        add_webhooks(parser)
        asking.add_person(parser)
        asking.add_form(parser)

    def handle(self, options: Options) -> None:
        user = asking.the_person(options)
        fields = _what(options) | schedule_fields(options, None)
        fields.setdefault("schedule_type", ScheduledTask.Type.NONE)
        if options["id"]:
            fields["id"] = options["id"]
        if options["target_user"]:
            fields["target_user_id"] = options["target_user"]
        task = services.create_task(
            fields=fields | {"owner": user},
            webhooks=read_webhooks(options["webhook"]),
            tags=options["tag"],
            user=user,
        )
        _say(self, "Made", task, options)


class Update(Verb):
    """Only what is given changes."""

    name = "update"
    help = "Change a task. What is not given stays as it is."
    examples = (
        'manage.py tasks update morning-report-vn --schedule-type weekly --schedule-expression "1,3,5 09:00"',
        "manage.py tasks update morning-report-vn --schedule-disabled --max-runs 10",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        asking.add_task(parser)
        _add_what(parser)
        parser.add_argument("--no-tags", action="store_true", help="Those that it has go.")  # fmt: skip
        add_schedule(parser)
        add_webhooks(parser, changing=True)
        asking.add_person(parser)
        asking.add_form(parser)

    def handle(self, options: Options) -> None:
        task = asking.the_task(options)
        user = asking.the_person(options)
        fields = _what(options) | schedule_fields(options, task)
        tags, webhooks = _tags(task, options), _webhooks(task, options)
        if not fields and tags is None and webhooks is None:
            raise wrong("Nothing to change: --help lists what can be.")
        services.update_task(
            task, fields=fields, tags=tags, webhooks=webhooks, user=user
        )
        _say(self, "Changed", task, options)


def _add_what(parser: CommandParser, *, required: bool = False) -> None:
    parser.add_argument("--name", required=required, help="What people call it.")
    parser.add_argument("--agent", metavar="ID", required=required, help="Which agent runs.")  # fmt: skip
    parser.add_argument(
        "--prompt", required=required, metavar="TEXT",
        help="What it is to do; - reads it from the input, @FILE from a file.",
    )  # fmt: skip
    more = "" if required else "One more. "
    parser.add_argument("--tag", action="append", default=[], help=f"{more}May be given again.")  # fmt: skip


def _what(options: Options) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if options["name"] is not None:
        fields["name"] = options["name"]
    if options["agent"] is not None:
        fields["agent_id"] = _agent(options["agent"])
    if (prompt := options["prompt"]) is not None:
        read = sys.stdin.read() if prompt == "-" else read_text("--prompt", prompt)
        fields["input_message"] = read
    return fields


def _agent(agent_id: str) -> str:
    agents = Agent.objects.order_by("id")
    if not agents.filter(id=agent_id).exists():
        known = ", ".join(agents.values_list("id", flat=True)[:_SHOWN_AGENTS])
        raise wrong(f"--agent: there is no agent {agent_id!r}; there are: {known or '–'}.")  # fmt: skip
    return agent_id


def _tags(task: ScheduledTask, options: Options) -> list[str] | None:
    if not options["tag"] and not options["no_tags"]:
        return None
    kept = [] if options["no_tags"] else task.tags.values_list("name", flat=True)
    return [*kept, *options["tag"]]


def _webhooks(task: ScheduledTask, options: Options) -> list[dict[str, Any]] | None:
    if not options["webhook"] and not options["no_webhooks"]:
        return None
    kept = [] if options["no_webhooks"] else kept_webhooks(task)
    return [*kept, *read_webhooks(options["webhook"])]


def _say(verb: Verb, done: str, task: ScheduledTask, options: Options) -> None:
    fresh = shown.with_relations(ScheduledTask.objects.all()).get(id=task.id)
    if asking.is_json(options):
        verb.command.print_json(shown.task_json(fresh))
        return
    at = shown.clock(fresh, fresh.next_run_at)
    coming = f", next {at} {fresh.timezone}" if at else ""
    words = f"{done}: {fresh.id}  {shown.in_words(fresh)}{coming}"
    verb.command.stdout.write(words)
