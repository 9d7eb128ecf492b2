"""What the database would refuse of a task is asked of it once, before."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_task

pytestmark = pytest.mark.django_db


def test_a_sound_task_costs_one_query():
    task = make_task()
    with CaptureQueriesContext(connection) as queries:
        task.validate_constraints()
    asked = [each for each in queries if each["sql"].startswith("SELECT")]
    assert len(asked) == 1


def test_of_several_the_one_that_is_violated_is_named():
    task = make_task()
    task.overlap = "sometimes"
    with pytest.raises(ValidationError, match="task_overlap_known"):
        task.validate_constraints()


def test_a_field_that_is_known_to_be_wrong_hides_no_other():
    task = make_task()
    task.overlap, task.catch_up = "sometimes", "never"
    with pytest.raises(ValidationError, match="task_catch_up_known") as caught:
        task.validate_constraints(exclude={"overlap"})
    assert "task_overlap_known" not in str(caught.value)
