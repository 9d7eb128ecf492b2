"""Why `manage.py up` does not start, or ends early.

SupervisorError
├── CannotStartError     the surroundings do not allow it; the person can change that
│   └── AlreadyRunningError  another supervisor holds the data folder
├── StartFailedError     a step or a process did not come up; its own lines say why
└── StopRequestedError   Ctrl-C or SIGTERM came before everything stood
"""

from __future__ import annotations


class SupervisorError(Exception):
    """Carries one line for the person and the exit code of `manage.py up`."""

    exit_code = 1


class CannotStartError(SupervisorError):
    """Nothing was started; the message names the setting and what would be right."""

    exit_code = 2


class AlreadyRunningError(CannotStartError):
    """Asked for rightly, but another supervisor holds the data folder."""

    exit_code = 1


class StartFailedError(SupervisorError):
    """A step or a process failed while starting; everything is stopped again."""

    exit_code = 1


class StopRequestedError(SupervisorError):
    """The person changed their mind during the start."""

    exit_code = 0
