"""A line for a crontab that triggers a task at its slots."""

from __future__ import annotations

import shlex

from scheduling.interop.exports.cron_line import cron_line
from scheduling.interop.exports.webhook_url import one_line, trigger_address
from scheduling.models import ScheduledTask

_CURL = "curl -sS --fail-with-body --retry 3 --max-time 60 -X POST"
_LINES = """\
# Backbeat task {id}: {name}
# The token stands in a file that only you can read, and on no command line:
#   mkdir -p ~/.config/backbeat && (umask 077; cat > ~/{file})
#   {header}
# CRON_TZ is for all lines below it. cronie knows it; Debian's cron goes by the machine's zone.
CRON_TZ={zone}
{fields} {command} # backbeat task {id}
"""
_NO_TOKEN = "Authorization: Bearer $BACKBEAT_TRIGGER_TOKEN"  # noqa: S105 -- says where it goes


def crontab(task: ScheduledTask, base_url: str) -> str:
    """Return the lines for a crontab. Raises `CannotExport`.

    The request carries what stands in a file (`Authorization: Bearer …`), and a key by which
    curl's own tries, and those of a second machine, begin one run a minute.
    """
    line = cron_line(task)
    file = token_file(task)
    address = shlex.quote(trigger_address(task, base_url))
    minute = f'"Idempotency-Key: {task.pk}-$(date -u +%Y%m%d%H%M)"'
    command = f'{_CURL} -H @"$HOME/{file}" -H {minute} {address}'
    return _LINES.format(
        id=task.pk,
        name=one_line(task.name),
        file=file,
        header=_NO_TOKEN,
        zone=line.timezone,
        fields=line.fields,
        # To cron a % is the end of the line.
        command=command.replace("%", r"\%"),
    )


def plain_crontab(task: ScheduledTask, base_url: str) -> str:
    """Return the one line that APFlow writes, which carries no credentials. Raises `CannotExport`."""
    address = trigger_address(task, base_url)
    return f"{cron_line(task).fields} curl -X POST {address} # apflow task {task.pk}"


def token_file(task: ScheduledTask) -> str:
    """Where the line of a crontab looks for its token, from the home directory on."""
    return f".config/backbeat/trigger-{task.pk}"
