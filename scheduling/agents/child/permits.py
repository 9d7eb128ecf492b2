"""What this installation lets agents run: its settings, read when they are asked for."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from pages.sentence import Sentence as _
from scheduling.conf import SchedulingSettings

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
#: Set by Backbeat, or such that any program would run what they name.
_FORBIDDEN = re.compile(
    r"PATH|HOME|TMPDIR|IFS|ENV|BASH_ENV|SHELLOPTS|PS4|CLASSPATH|.*JAVA_(TOOL_)?OPTIONS"
    r"|GIT_(SSH|CONFIG|EXEC|EXTERNAL|PAGER|EDITOR|ASKPASS|PROXY|SEQUENCE|TEMPLATE).*"
    r"|NODE_(OPTIONS|PATH)|GLIBC_TUNABLES|TAR_OPTIONS|LUA_.*|OPENSSL_.*"
    r"|(BACKBEAT|LD|DYLD|GCONV)(_.*)?|PYTHON.*|PERL5.*|RUBY.*"
)


def may_be_variable(name: str) -> bool:
    """Whether an agent may set the environment variable `name` for its command."""
    return bool(_VARIABLE.fullmatch(name)) and not _FORBIDDEN.fullmatch(name)


def fit_variables(value: dict[str, str]) -> dict[str, str]:
    """Return the environment that options ask for. Raises `ValueError` naming what may not be."""
    for name in value:
        if not may_be_variable(name):
            raise ValueError(
                _(
                    "%(name)r cannot be set: a name is made of A-Z, 0-9 and _, and is not"
                    " one that Backbeat sets or that makes other programs run",
                    name=name,
                )
            )
    refuse_nul(value.values())
    return value


def refuse_nul(texts: Iterable[str]) -> None:
    """Raise `ValueError` for what no process can be given."""
    if any("\0" in text for text in texts):
        raise ValueError(_("must not hold the character NUL"))


def conf() -> SchedulingSettings:
    """Return the settings in force."""
    from django.conf import settings  # noqa: PLC0415 -- backends are loaded without Django

    values: SchedulingSettings = settings.SCHEDULING
    return values


def program_path(path: str) -> str:
    """Return `path` with its folder resolved. Its own name stays, even where it is a link:
    programs in one (busybox) and virtual environments are told apart by it.
    """
    folder, name = os.path.split(path)
    return os.path.join(os.path.realpath(folder), name)  # noqa: PTH118 -- pure text


def command_refusal(command: str) -> str:
    """Return why agents may not run this program, "" when they may; an absolute path."""
    allowed = conf().allowed_commands
    if program_path(command) in {program_path(each) for each in allowed}:
        return ""
    return _(
        "command: agents may not run %(program)s; SCHEDULING_ALLOWED_COMMANDS allows:"
        " %(allowed)s",
        program=command,
        allowed=", ".join(allowed) or _("none"),
    )


def function_refusal(function: str) -> str:
    """Return why agents may not call this function, "" when they may.

    With a colon it is `module:callable`, else the name that it was registered under; whether
    it is registered shows when the modules are imported, in a child.
    """
    module, colon, _rest = function.partition(":")
    if not colon:
        if conf().function_modules:
            return ""
        return _(
            "function: %(name)s is not registered: SCHEDULING_FUNCTION_MODULES names no"
            " module that could do so",
            name=function,
        )
    allowed = conf().allowed_functions
    if function in allowed or f"{module}:*" in allowed:
        return ""
    return _(
        "function: agents may not call %(name)s; SCHEDULING_ALLOWED_FUNCTIONS allows:"
        " %(allowed)s",
        name=function,
        allowed=", ".join(allowed) or _("none"),
    )
