"""`manage.py versions TASK`: what was changed about a task or an agent, by whom and when."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import QuerySet

from pages.commands import Command as BaseCommand
from pages.commands import CommandParser, wrong
from scheduling import services
from scheduling.models import Version
from scheduling.versions import Change

_SIGNS = {"added": "+ ", "removed": "- ", "same": "  ", "gap": "  …"}


class Command(BaseCommand):
    """Versions outlive what they are of: also the id of a deleted task is known here."""

    help = "List the versions of a task or an agent, or compare two of them."
    examples = (
        "manage.py versions morning-report-vn",
        "manage.py versions morning-report-vn --diff 1 2",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("task", metavar="TASK", help="The task's id.")
        parser.add_argument("--agent", action="store_true", help="TASK is an agent's id.")  # fmt: skip
        parser.add_argument(
            "--diff", nargs=2, type=int, metavar=("A", "B"), help="Compare version A with B."
        )  # fmt: skip
        parser.add_argument("--json", action="store_true", help="Print JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        kind = Version.Kind.AGENT if options["agent"] else Version.Kind.TASK
        versions = services.list_versions(kind, options["task"])
        if not versions.exists():
            raise wrong(
                f"There are no versions of the {kind} {options['task']!r}.")  # fmt: skip
        if options["diff"]:
            self._compare(versions, options["diff"], as_json=options["json"])
        else:
            self._list(versions, as_json=options["json"])

    def _list(self, versions: QuerySet[Version], *, as_json: bool) -> None:
        rows = [
            {
                "number": each.number,
                "at": each.at.isoformat(timespec="seconds"),
                "by": each.by_name,
                "changed": each.changed,
                "note": each.note,
            }
            for each in versions
        ]
        if as_json:
            self.print_json(rows)
            return
        for row in rows:
            told = "  ".join([", ".join(row["changed"]), row["note"]]).strip()
            self.stdout.write(
                f"{row['number']:>5}  {row['at']}  {row['by'] or '-':20} {told}".rstrip()
            )

    def _compare(
        self, versions: QuerySet[Version], numbers: list[int], *, as_json: bool
    ) -> None:
        found = {each.number: each for each in versions.filter(number__in=numbers)}
        if missing := [each for each in numbers if each not in found]:
            raise wrong(f"--diff {missing[0]}: there is no such version.")  # fmt: skip
        changes = services.compare_versions(*(found[each] for each in numbers))
        if as_json:
            self.print_json([_as_json(each) for each in changes])  # fmt: skip
            return
        for change in changes:
            self.stdout.write("\n".join(_as_text(change)))


def _as_json(change: Change) -> dict[str, Any]:
    return {
        "field": change.field,
        "before": change.before,
        "after": change.after,
        "is_secret_changed": change.is_secret_changed,
    }


def _as_text(change: Change) -> list[str]:
    secret = " (the secret was changed)" if change.is_secret_changed else ""
    head = f"{change.field}:{secret}"
    if change.lines:
        return [head, *(f"  {_SIGNS[each.kind]}{each.text}" for each in change.lines)]
    before, after = (
        json.dumps(each, ensure_ascii=False) for each in (change.before, change.after)
    )
    return [head, f"  - {before}", f"  + {after}"]
