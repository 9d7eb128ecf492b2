"""The translations: `messages.py` brings them up to date with the code, `--check` tells what is amiss.

Writes locale/vi/LC_MESSAGES/django.po (for translators) and the compiled django.mo beside it
(what Django reads; kept in the repository, so that no fresh machine needs gettext's tools).
Covers Backbeat's own texts and those of libraries that ship no Vietnamese.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import django
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PROJECT_DIR = Path(__file__).resolve().parents[1]
LOCALE = "vi"
PO = PROJECT_DIR / "locale" / LOCALE / "LC_MESSAGES" / "django.po"
MO = PO.with_suffix(".mo")
OWN = ("config", "pages", "signals", "notifications", "scheduling", "templates")
_DJANGO = Path(django.__file__).parent
# The parts of Django whose own Vietnamese is used: those that are installed.
_DJANGO_PARTS = (
    "conf", "contrib/admin", "contrib/auth", "contrib/contenttypes",
    "contrib/humanize", "contrib/sessions",
)  # fmt: skip
# Django's Vietnamese for these is a wrong word; "History" is a memo there.
_SAID_BETTER = {"History", "None"}
# Where that Vietnamese lacks texts that are on every page: times.
_LACKING = ("contrib/humanize/templatetags/humanize.py", "utils/timesince.py")
LIBRARIES = ("unfold", "django_celery_beat", "django_celery_results", "knox")
KEYWORDS = {
    "Sentence": None,
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# Parts of unfold that are not installed here, and history.
_SKIPPED = {
    "constance", "guardian", "import_export", "location_field", "simple_history", "migrations",
}  # fmt: skip
# Fixed, so that nothing but a changed text changes the files.
_WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)


def catalog_of_code() -> Catalog:
    """Return every text of the code that can be translated, with where it stands."""
    catalog = Catalog(
        locale=LOCALE,
        project="Backbeat",
        version="1",
        header_comment=f"# {LOCALE} texts of Backbeat. Made by scripts/messages.py.",
        msgid_bugs_address="-",
        last_translator="-",
        language_team="-",
        charset="utf-8",
        creation_date=_WRITTEN,
        revision_date=_WRITTEN,
        fuzzy=False,
    )
    known = _texts_of_django()
    for name, path in _sources():
        found = extract("python", _as_python(path), keywords=KEYWORDS)
        for _line, message, _comments, context in found:
            if (message, context) not in known:
                catalog.add(message, locations=[(name, 0)], context=context)
    return catalog


def _texts_of_django() -> set[tuple[Any, str | None]]:
    """Return what Django itself says in Vietnamese: text (one and many) and context."""
    known: set[tuple[Any, str | None]] = set()
    for part in _DJANGO_PARTS:
        path = _DJANGO / part / "locale" / LOCALE / "LC_MESSAGES" / "django.po"
        with path.open("rb") as file:
            known |= {
                (each.id, each.context)
                for each in read_po(file, locale=LOCALE)
                if each.id and each.id not in _SAID_BETTER
                if all(_strings(each.string)) and not each.fuzzy
            }
    return known


def brought_up_to_date() -> Catalog:
    """Return the catalogue of the code with the translations that PO has."""
    catalog = catalog_of_code()
    if PO.exists():
        with PO.open("rb") as file:
            known = read_po(file, locale=LOCALE)
        for message in catalog:
            if message.id and (before := known.get(message.id, message.context)):
                message.string = before.string
    return catalog


def untranslated(catalog: Catalog) -> list[str]:
    """Return the texts that have no translation yet."""
    return [
        str(message.id)
        for message in catalog
        if message.id and not all(_strings(message.string))
    ]


def po_text(catalog: Catalog) -> bytes:
    """Return the catalogue as PO keeps it: sorted, with files and without line numbers."""
    file = io.BytesIO()
    write_po(file, catalog, width=88, sort_output=True, include_lineno=False)
    return file.getvalue()


def mo_text(catalog: Catalog) -> bytes:
    """Return the compiled catalogue."""
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def problems() -> list[str]:
    """Return what `--check` complains about; empty when the files fit the code."""
    catalog = brought_up_to_date()
    found = [f"not translated: {text!r}" for text in untranslated(catalog)]
    if not PO.exists() or PO.read_bytes() != po_text(catalog):
        found.append(f"{PO.relative_to(PROJECT_DIR)} is not what the code says")
    if not MO.exists() or MO.read_bytes() != mo_text(catalog):
        found.append(f"{MO.relative_to(PROJECT_DIR)} is not what the .po says")
    return found


def main() -> int:
    """Return 0, or 1 if something is amiss."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    if parser.parse_args().check:
        found = problems()
        sys.stdout.write("".join(f"{line}\n" for line in found))
        return 1 if found else 0
    catalog = brought_up_to_date()
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_bytes(po_text(catalog))
    MO.write_bytes(mo_text(catalog))
    missing = untranslated(catalog)
    sys.stdout.write(f"{len(catalog)} texts, {len(missing)} of them not translated\n")
    return 0


def _sources() -> Iterator[tuple[str, Path]]:
    folders = [(name, PROJECT_DIR / name) for name in OWN]
    for name in LIBRARIES:
        spec = find_spec(name)
        if spec is not None and spec.origin is not None:
            folders.append((name, Path(spec.origin).parent))
    for name, folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".py", ".html") and not _SKIPPED & set(path.parts):
                yield f"{name}/{path.relative_to(folder).as_posix()}", path
    for part in _LACKING:
        yield f"django/{part}", _DJANGO / part


def _as_python(path: Path) -> io.BytesIO:
    """Return the file as Python: a template becomes the calls that its tags stand for."""
    if path.suffix == ".py":
        return io.BytesIO(path.read_bytes())
    from django.utils.translation.template import templatize  # noqa: PLC0415 -- slow

    text = templatize(path.read_text(encoding="utf-8"))
    return io.BytesIO("\n".join(line.lstrip() for line in text.splitlines()).encode())


def _strings(string: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (string or "",) if isinstance(string, str | None) else tuple(string)


if __name__ == "__main__":
    from django.conf import settings

    settings.configure(USE_I18N=True)
    django.setup()
    sys.exit(main())
