"""The translations fit the code, and say what the English says."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.utils import translation

from pages.sentence import Sentence
from pages.translation import translated
from scheduling.schedule import Schedule, ScheduleError, ScheduleType
from scripts import messages

PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\{?\w*\}?\}|%[sd]")


def test_every_text_is_translated_and_the_compiled_file_is_up_to_date():
    assert messages.problems() == []


def test_a_translation_has_the_placeholders_of_its_original():
    for message in messages.brought_up_to_date():
        singular = message.id[-1] if isinstance(message.id, tuple) else message.id
        string = (
            message.string[0] if isinstance(message.string, tuple) else message.string
        )
        wanted, found = PLACEHOLDER.findall(singular), PLACEHOLDER.findall(string)
        assert sorted(wanted) == sorted(found), (singular, string)


def test_english_and_vietnamese_are_offered():
    assert [code for code, _ in settings.LANGUAGES] == ["en", "vi"]


def test_a_sentence_is_its_english_text():
    sentence = Sentence("has %(count)d fields", count=6)
    assert sentence == "has 6 fields"


def test_a_fault_of_a_schedule_is_told_in_the_readers_language():
    with pytest.raises(ScheduleError) as caught:
        Schedule(type=ScheduleType.CRON, timezone="UTC", cron="61 * * * *")
    with translation.override("vi"):
        told = translated(caught.value.at_the_field)
    assert "61" in told
    assert told != caught.value.at_the_field
