"""A small index over a folder of texts: TF-IDF and the cosine of the angle, nothing else."""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scheduling.functions import FunctionContext

_HERE = Path(__file__).parent
_ENDINGS = ("*.md", "*.txt")
_WORD = re.compile(r"\w{3,}")
_MOST_BYTES = 1_000_000

Vector = Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A paragraph and where it stands."""

    file: str
    text: str
    vector: Vector


def update_embeddings(folder: str, context: FunctionContext) -> str:
    """Index the folder; say which texts are new, changed or gone since the last time."""
    texts = read_texts(folder)
    before = dict(context.state.get("digests", {}))
    now = {name: _digest(text) for name, text in texts.items()}
    context.keep({"digests": now})
    passages = index(texts)
    parts = {
        "new": sorted(now.keys() - before.keys()),
        "changed": sorted(name for name in now.keys() & before.keys() if now[name] != before[name]),
        "gone": sorted(before.keys() - now.keys()),
    }  # fmt: skip
    told = "; ".join(f"{word}: {', '.join(names)}" for word, names in parts.items() if names)  # fmt: skip
    words = len({word for each in passages for word in each.vector})
    size = f"{len(texts)} texts, {len(passages)} passages, {words} words"
    return f"{size}. {told or 'Nothing changed'}."


def answer_question(folder: str, context: FunctionContext, question: str = "", most: int = 2) -> str:  # fmt: skip
    """Return the passages nearest to the question, which is the prompt unless it is given."""
    asked = question or context.input_message
    passages = index(read_texts(folder))
    wanted = _vector(_words(asked), _rarity([each.text for each in passages]))
    ranked = sorted(passages, key=lambda each: (-_cosine(wanted, each.vector), each.file))  # fmt: skip
    near = [each for each in ranked[:most] if _cosine(wanted, each.vector) > 0]
    if not near:
        return f"Nothing in the texts is about: {asked}"
    return "\n\n".join(f"{each.text}\n({each.file})" for each in near)


def list_topics(folder: str, most: int = 3) -> dict[str, list[str]]:
    """Return for each text the words that tell it from the others."""
    texts = read_texts(folder)
    rarity = _rarity(list(texts.values()))
    found = {}
    for name, text in texts.items():
        vector = _vector(_words(text), rarity)
        found[name] = sorted(vector, key=lambda word: (-vector[word], word))[:most]
    return found


def read_texts(folder: str) -> dict[str, str]:
    """Read the texts of a folder; a relative path begins beside this module.

    Raises `FileNotFoundError` when there is none.
    """
    place = _HERE / folder
    files = sorted(path for ending in _ENDINGS for path in place.glob(ending))
    if not files:
        raise FileNotFoundError(f"there are no texts in {folder}")
    return {path.name: path.read_bytes()[:_MOST_BYTES].decode(errors="replace") for path in files}  # fmt: skip


def index(texts: Mapping[str, str]) -> list[Passage]:
    """Cut texts into paragraphs and weigh their words."""
    cut = [(name, part.strip()) for name, text in texts.items() for part in re.split(r"\n\s*\n", text)]  # fmt: skip
    parts = [(name, part) for name, part in cut if part and not part.startswith("#")]
    rarity = _rarity([part for _name, part in parts])
    return [Passage(file=name, text=part, vector=_vector(_words(part), rarity)) for name, part in parts]  # fmt: skip


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _rarity(texts: list[str]) -> dict[str, float]:
    counts = Counter(word for text in texts for word in set(_words(text)))
    return {word: math.log((1 + len(texts)) / (1 + count)) + 1 for word, count in counts.items()}  # fmt: skip


def _vector(words: list[str], rarity: Mapping[str, float]) -> dict[str, float]:
    counts = Counter(word for word in words if word in rarity)
    return {word: count * rarity[word] for word, count in counts.items()}


def _cosine(one: Vector, other: Vector) -> float:
    product = sum(weight * other.get(word, 0.0) for word, weight in one.items())
    length = math.hypot(*one.values()) * math.hypot(*other.values())
    return product / length if length else 0.0


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
