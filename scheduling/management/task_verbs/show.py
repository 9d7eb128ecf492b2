"""`tasks show` and `tasks history`: one task, and what became of its slots."""

from __future__ import annotations

from typing import Any

from pages.commands import CommandParser, Verb
from scheduling.management.task_verbs import asking, shown
from scheduling.management.task_verbs.asking import Options
from scheduling.models import Run, ScheduledTask, TaskWebhook


class Show(Verb):
    """The prompt is shown whole, secrets not at all."""

    name = "show"
    help = "Show one task: schedule, prompt, webhooks, counters."
    examples = ("manage.py tasks show morning-report-vn",)

    def add_arguments(self, parser: CommandParser) -> None:
        asking.add_task(parser)
        asking.add_form(parser)

    def handle(self, options: Options) -> None:
        task = asking.the_task(options)
        document = shown.task_json(task) | {
            "input_message": task.input_message,
            "pause_note": task.pause_note,
            "resume_at": shown.iso(task, task.resume_at),
            "schedule_error": task.schedule_error,
            "webhooks": _webhooks(task),
        }
        if asking.is_json(options):
            self.command.print_json(document)
            return
        rows = [(name.replace("_", " "), _text(value)) for name, value in document.items()]  # fmt: skip
        self.command.print_table(("FIELD", "VALUE"), rows, empty="")


class History(Verb):
    """Runs, and slots that were not used; those of a deleted task too."""

    name = "history"
    help = "List the runs of a task, newest first; a deleted task's are known too."
    examples = ("manage.py tasks history morning-report-vn --limit 20",)

    def add_arguments(self, parser: CommandParser) -> None:
        asking.add_task(parser)
        asking.add_limit(parser, default=20)
        asking.add_form(parser)

    def handle(self, options: Options) -> None:
        name = options["task"]
        runs = Run.objects.filter(task_ref=name).order_by("-created_at", "-id")
        unread = ("output", "output_data", "system_prompt", "input_message", "metadata", "error_trace", "event")  # fmt: skip
        found = list(runs.defer(*unread)[: options["limit"]])
        task = ScheduledTask.objects.filter(id=name).first()
        if task is None and not found:
            asking.the_task(options)
        task = task or ScheduledTask(id=name)
        if asking.is_json(options):
            self.command.print_json([shown.run_json(run, task) for run in found])
            return
        rows = [shown.run_row(run, task) for run in found]
        self.command.print_table(shown.RUN_HEADINGS, rows, empty="It has no runs yet.")


def _webhooks(task: ScheduledTask) -> list[dict[str, Any]]:
    """Name, format and state; addresses are secrets."""
    unread = TaskWebhook.objects.defer(*TaskWebhook.ENCRYPTED)
    rows = unread.filter(task=task).order_by("pk")
    return [
        {"id": each.pk, "name": each.name, "format": each.format, "active": each.active}
        for each in rows
    ]


def _text(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(_text(each) for each in value)
    if isinstance(value, dict):
        off = "" if value["active"] else ", off"
        return f"{value['name'] or value['id']} ({value['format']}{off})"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value
