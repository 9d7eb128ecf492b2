"""A mailbox, read and never changed: what is new, what is urgent, what waits for an answer."""

from __future__ import annotations

import mailbox as mailboxes
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import Path

from scheduling.functions import FunctionContext

_HERE = Path(__file__).parent
_REPLY = re.compile(r"^((re|fwd?|aw|trả lời)\s*:\s*)+", re.IGNORECASE)
_MOST_KEPT = 5000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Mail:
    """What of a mail is told."""

    id: str
    sender: str
    subject: str
    at: datetime

    @property
    def thread(self) -> str:
        return _REPLY.sub("", self.subject).strip().casefold()


def write_digest(mailbox: str, context: FunctionContext) -> str:
    """Return a digest in Markdown of what has come since the last one."""
    known = set(context.state.get("known", []))
    mails = list(read_mails(mailbox))
    new = [mail for mail in mails if mail.id not in known]
    context.keep({"known": sorted({mail.id for mail in mails})[-_MOST_KEPT:]})
    if not new:
        return "Nothing new."
    by_sender: dict[str, list[Mail]] = defaultdict(list)
    for mail in new:
        by_sender[mail.sender].append(mail)
    lines = [f"# {len(new)} new mails from {len(by_sender)} senders"]
    for sender, theirs in sorted(by_sender.items()):
        lines += ["", f"**{sender}**", *(f"- {mail.subject}" for mail in theirs)]
    return "\n".join(lines)


def find_urgent(mailbox: str, words: Sequence[str] = ("urgent", "asap")) -> str:
    """Name the mails whose subject holds one of `words`."""
    pattern = re.compile("|".join(map(re.escape, words)) or r"(?!)", re.IGNORECASE)
    found = [mail for mail in read_mails(mailbox) if pattern.search(mail.subject)]
    lines = [f"- {mail.subject} ({mail.sender})" for mail in found]
    return "\n".join([f"{len(found)} urgent mails.", *lines])


def list_unanswered(mailbox: str, own: str) -> str:
    """Name the threads whose last mail is not from the address `own`."""
    last: dict[str, Mail] = {}
    for mail in sorted(read_mails(mailbox), key=lambda mail: mail.at):
        last[mail.thread] = mail
    waiting = [mail for mail in last.values() if mail.sender != own]
    lines = [
        f"- {mail.subject} ({mail.sender}, {mail.at:%Y-%m-%d})" for mail in waiting
    ]
    return "\n".join([f"{len(waiting)} threads wait for an answer.", *lines])


def read_mails(path: str) -> Iterator[Mail]:
    """Read an mbox file or a Maildir folder; a relative path begins beside this module.

    Raises `FileNotFoundError`.
    """
    place = _HERE / path
    if not place.exists():
        raise FileNotFoundError(f"there is no mailbox {path}")
    box: mailboxes.Mailbox[mailboxes.mboxMessage] | mailboxes.Maildir
    box = mailboxes.Maildir(place, create=False) if place.is_dir() else mailboxes.mbox(place, create=False)  # fmt: skip
    for message in box:
        yield _mail(message)


def _mail(message: Message) -> Mail:
    subject, sender = _text(message, "Subject"), parseaddr(_text(message, "From"))[1]
    at = _moment(message)
    own = str(message.get("Message-ID") or f"{sender} {subject} {at.isoformat()}")
    return Mail(id=own, sender=sender or "somebody", subject=subject or "(no subject)", at=at)  # fmt: skip


def _text(message: Message, name: str) -> str:
    try:
        return " ".join(str(make_header(decode_header(str(message.get(name, ""))))).split())  # fmt: skip
    except (LookupError, ValueError):  # a charset that nobody knows
        return str(message.get(name, ""))


def _moment(message: Message) -> datetime:
    try:
        moment = parsedate_to_datetime(str(message.get("Date")))
    except ValueError:
        return _EPOCH
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
