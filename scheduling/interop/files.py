"""Files as what their formats read in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scheduling.interop.documents import BadFile, read_documents
from scheduling.interop.formats import FORMATS
from scheduling.interop.formats.base import (
    MAX_NOTES,
    Context,
    Document,
    Entry,
    Format,
    Note,
    Reading,
    TaskEntry,
)
from scheduling.interop.plan import Said, Source

NAMELESS = "(text)"


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A document of a file with what it says."""

    source: Source
    document: Document
    format: str
    reading: Reading

    def said(self, note: Note) -> Said:
        """The sentence with its file and line."""
        line = note.line or self.document.line_of(note.path)
        return Said(file=file_name(self.source), line=line, path=note.path, text=note.text)  # fmt: skip

    def fault(self, entry: TaskEntry | Entry, field: str, text: str) -> Said:
        """What is wrong with a field of an entry; "": with all of it."""
        path = f"{entry.path}{'.' if entry.path and field else ''}{field}"
        line = self.document.line_of(path) or entry.line
        return Said(file=file_name(self.source), line=line, path=path, text=text)


def file_name(source: Source) -> str:
    return source.name or NAMELESS


def read_files(
    sources: Sequence[Source], context: Context, wanted: str = ""
) -> tuple[list[Loaded], list[Said]]:
    """Read every document of `sources`, by `wanted` or by the format that recognises it.

    Also returns what is wrong with whole files and documents.
    """
    loaded: list[Loaded] = []
    faults: list[Said] = []
    wrong = 0
    for source in sources:
        name = file_name(source)
        try:
            documents, notes = read_documents(source.text)
        except BadFile as error:
            faults.append(Said(file=name, line=error.line, path="", text=str(error)))
            continue
        faults += [Said(file=name, line=each.line, path=each.path, text=each.text) for each in notes]  # fmt: skip
        if not documents and not notes:
            faults.append(Said(file=name, line=0, path="", text="is empty: it holds no document."))  # fmt: skip
        own = replace(context, name=context.name or source.stem)
        for document in documents:
            if wrong + len(faults) >= MAX_NOTES:  # enough to mend
                break
            line = document.line_of("")
            kind, problem = _format_of(document, wanted)
            if kind is None:
                faults.append(Said(file=name, line=line, path="", text=problem))
                continue
            reading = kind.read(document, own)
            wrong += len(reading.faults)
            loaded.append(
                Loaded(source=source, document=document, format=kind.name, reading=reading)
            )  # fmt: skip
    return loaded, faults


def _format_of(document: Document, wanted: str) -> tuple[Format | None, str]:
    known = ", ".join(FORMATS)
    if wanted:
        found = FORMATS.get(wanted)
        return found, f"{wanted!r} is no format: choose one of {known}."
    claims = [each for each in FORMATS.values() if each.recognises(document.value)]
    if len(claims) == 1:
        return claims[0], ""
    if claims:
        names = " and ".join(each.name for each in claims)
        return None, f"may be {names}: say which by its format."
    return None, f"is of none of the formats {known}: a file of Backbeat begins with “backbeat: 1”."  # fmt: skip
