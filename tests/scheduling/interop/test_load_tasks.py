"""`manage.py load_tasks`: the plan, and what it does."""

from __future__ import annotations

import io
import json

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling import services
from scheduling.models import (
    Agent,
    Dependency,
    ImportedTask,
    ScheduledTask,
    TaskWebhook,
    Version,
)
from tests.factories import make_agent, make_task, make_user
from tests.scheduling.interop.native import REPORT, Files

pytestmark = pytest.mark.django_db


@pytest.fixture
def files(tmp_path) -> Files:
    return Files(tmp_path)


def many(count: int) -> str:
    tasks = "".join(
        f"- {{id: t{n}, name: T{n}, agent_id: echo, input_message: Go., schedule_type: none,"
        f" webhooks: [{{name: w, url: 'https://example.com/{n}'}}], tags: [a, b],"
        f" event_triggers: [{{event_type: task.completed}}]}}\n"
        for n in range(count)
    )
    return f"backbeat: 1\ntasks:\n{tasks}"


def test_a_file_becomes_tasks_with_all_that_belongs_to_them(files):
    files.load(REPORT)
    report = ScheduledTask.objects.get(pk="report")
    assert (report.agent_id, report.schedule_time.hour) == ("analyst", 7)
    assert report.webhooks.get().headers == {"Authorization": "Bearer abc"}
    assert Dependency.objects.get().parent_id == "report"
    assert list(ScheduledTask.objects.get(pk="digest").tags.values_list("name", flat=True)) == ["vn"]  # fmt: skip
    assert report.next_slot is not None


def test_where_a_task_came_from_is_noted(files, tmp_path):
    files.load(REPORT)
    noted = ImportedTask.objects.get(pk="report")
    assert (noted.format, noted.ref, noted.source) == ("backbeat", "report", f"{tmp_path.name}/tasks.yaml")  # fmt: skip
    assert noted.version == noted.task.version


def test_a_second_load_writes_nothing(files):
    files.load(REPORT)
    before = list(Version.objects.values_list("ref", "number"))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        said = files.load(REPORT)
    assert said.endswith("3 unchanged.\n")
    writes = [each["sql"] for each in queries if each["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]  # fmt: skip
    assert writes == []
    assert list(Version.objects.values_list("ref", "number")) == before


def test_a_dry_run_shows_the_plan_and_writes_nothing(files):
    said = files.load(REPORT, "--dry-run")
    assert "create" in said
    assert "Nothing was written" in said
    assert not ScheduledTask.objects.exists()


def test_what_the_file_changes_is_changed_and_named(files):
    files.load(REPORT)
    later = REPORT.replace("07:00", "08:30").replace("secret-path", "other")
    said = files.load(later)
    assert "change     task   report   schedule_time, webhooks" in said
    report = ScheduledTask.objects.get(pk="report")
    assert report.schedule_time.hour == 8
    assert report.webhooks.get().url == "https://example.com/other"
    assert "secret" not in said


def test_a_webhook_that_is_changed_stays_the_same_row(files):
    files.load(REPORT)
    key = TaskWebhook.objects.get().pk
    files.load(REPORT.replace("secret-path", "other"))
    assert TaskWebhook.objects.get().pk == key


def test_what_the_file_leaves_out_gets_its_default(files):
    files.load(REPORT.replace("  tags: [vn]", "  tags: [vn]\n  max_attempts: 7"))
    files.load(REPORT.replace("  tags: [vn]\n", ""))
    digest = ScheduledTask.objects.get(pk="digest")
    assert (digest.max_attempts, digest.tags.count()) == (3, 0)


def test_what_a_person_changed_since_is_kept_and_their_name_told(files):
    files.load(REPORT)
    anna = make_user(username="anna")
    task = ScheduledTask.objects.get(pk="report")
    services.update_task(task, fields={"name": "Mine"}, user=anna)
    said = files.load(REPORT.replace("Report.", "Write."))
    assert "changed by anna since; --force overwrites" in said
    assert ScheduledTask.objects.get(pk="report").input_message == "Report."


def test_force_overwrites_what_a_person_changed(files):
    files.load(REPORT)
    task = ScheduledTask.objects.get(pk="report")
    services.update_task(task, fields={"name": "Mine"}, user=make_user())
    files.load(REPORT, "--force")
    assert ScheduledTask.objects.get(pk="report").name == "Report"
    assert files.plan(REPORT)["report"] == "unchanged"


def test_a_change_that_is_the_same_as_the_files_is_none(files):
    files.load(REPORT)
    task = ScheduledTask.objects.get(pk="report")
    services.update_task(task, fields={"name": "Mine"}, user=make_user())
    assert files.plan(REPORT.replace("name: Report", "name: Mine"))["report"] == "unchanged"  # fmt: skip


def test_a_task_that_was_made_by_hand_is_kept(files):
    make_task(id="report", name="By hand")
    plan = files.plan(REPORT)
    assert plan == {"analyst": "create", "report": "kept", "digest": "create"}


def test_what_failures_paused_stays_paused(files):
    files.load(REPORT)
    ScheduledTask.objects.filter(pk="report").update(active=False, pause_note="Failed")
    said = files.load(REPORT.replace("07:00", "08:00"))
    task = ScheduledTask.objects.get(pk="report")
    assert "it stays paused" in said
    assert (task.active, task.schedule_time.hour) == (False, 8)


def test_prune_deletes_what_is_no_longer_in_the_file(files):
    files.load(REPORT)
    make_task(id="other")
    shorter = REPORT[: REPORT.index("- id: digest")]
    assert "--prune deletes" in files.load(shorter)
    assert ScheduledTask.objects.filter(pk="digest").exists()
    assert "delete     task   digest" in files.load(shorter, "--prune")
    assert {*ScheduledTask.objects.values_list("pk", flat=True)} == {"report", "other"}


def test_tasks_of_one_name_in_the_files_of_two_agents_have_the_agents_in_their_ids(
    tmp_path, configure
):
    configure("SCHEDULING", allowed_functions=("math:*",))
    text = "tasks: [{name: daily, schedule: 0 7 * * *, function: 'math:sqrt'}]"
    for agent in ("alpha", "beta"):
        (tmp_path / agent).mkdir()
        (tmp_path / agent / "tasks.yaml").write_text(text, encoding="utf-8")
    paths = [str(tmp_path / agent / "tasks.yaml") for agent in ("alpha", "beta")]
    call_command("load_tasks", *paths, stdout=io.StringIO())
    refs = dict(ImportedTask.objects.values_list("task_id", "ref"))
    assert refs == {"alpha-daily": "alpha:daily", "beta-daily": "beta:daily"}


def test_prune_leaves_the_tasks_of_a_file_of_the_same_name_elsewhere(tmp_path):
    make_agent(id="echo")
    for folder, name in (("one", "a"), ("two", "b")):
        (tmp_path / folder).mkdir()
        text = f"backbeat: 1\ntasks:\n- {{id: {name}, name: {name}, agent_id: echo, input_message: Go., schedule_type: none}}\n"
        (tmp_path / folder / "tasks.yaml").write_text(text, encoding="utf-8")
        call_command("load_tasks", str(tmp_path / folder / "tasks.yaml"), "--prune", stdout=io.StringIO())  # fmt: skip
    assert ScheduledTask.objects.filter(id__in=["a", "b"]).count() == 2


def test_prune_keeps_what_a_person_changed(files):
    files.load(REPORT)
    task = ScheduledTask.objects.get(pk="digest")
    services.update_task(task, fields={"name": "Mine"}, user=make_user())
    shorter = REPORT[: REPORT.index("- id: digest")]
    assert files.plan(shorter, "--prune")["digest"] == "kept"
    assert files.plan(shorter, "--prune", "--force")["digest"] == "delete"


def test_one_wrong_file_of_two_loads_nothing(files, tmp_path):
    good = files.write(REPORT)
    bad = files.write("backbeat: 1\ntasks:\n- {name: X}\n", "bad.yaml")
    with pytest.raises(CommandError) as refused:
        call_command("load_tasks", good, bad)
    assert refused.value.returncode == 2
    assert not Agent.objects.exists()


def test_what_only_writing_shows_undoes_everything(files, monkeypatch):
    files.write(REPORT)

    def full(*args: object, **kwargs: object) -> None:
        raise ValidationError({"id": "taken"})

    monkeypatch.setattr("scheduling.services.create_task", full)
    code, lines = files.refused(REPORT)
    assert (code, lines) == (2, ["tasks.yaml:7: task 'report': id: taken"])
    assert not Agent.objects.exists()


def test_a_parent_may_stand_below_its_child_and_edges_may_turn_round(files):
    files.load(REPORT)
    turned = REPORT.replace("  parents: [report]\n", "").replace(
        "  schedule_time: 07:00\n", "  schedule_time: 07:00\n  parents: [{task_id: digest, when: finished}]\n",
    )  # fmt: skip
    files.load(turned)
    edge = Dependency.objects.get()
    assert (edge.task_id, edge.parent_id, edge.when) == ("report", "digest", "finished")


def test_new_tasks_get_owner_and_pause_from_the_command(files):
    anna = make_user(username="anna")
    files.load(REPORT, "--user", "anna", "--paused")
    task = ScheduledTask.objects.get(pk="report")
    assert (task.owner, task.active) == (anna, False)


def test_the_standard_input_is_a_file_too(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(REPORT.encode())))
    out = io.StringIO()
    call_command("load_tasks", "-", stdout=out)
    assert ScheduledTask.objects.count() == 2


def test_json_tells_the_whole_plan(files):
    told = json.loads(files.load(REPORT, "--json"))
    assert told["counts"] == {"create": 3}
    assert "webhooks" in told["items"][1]["fields"]
    assert "abc" not in json.dumps(told)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--user", "nobody"), "--user: there is no user 'nobody'."),
        (("--agent", "none"), "--agent: there is no agent 'none'."),
        (("--timezone", "Mars/Base"), "--timezone: "),
    ],
)
def test_what_the_command_cannot_use_is_told(files, args, said):
    code, lines = files.refused(REPORT, *args)
    assert code == 2
    assert lines[0].startswith(said)


def test_a_file_that_is_not_there_is_told():
    with pytest.raises(CommandError, match=r"nowhere\.yaml: No such file") as refused:
        call_command("load_tasks", "nowhere.yaml")
    assert refused.value.returncode == 2


def test_a_plan_asks_as_often_for_many_as_for_few(files):
    make_agent()
    counts = []
    for count in (2, 30):
        files.load(many(count))
        with CaptureQueriesContext(connection) as queries:
            files.load(many(count).replace("Go.", "Walk."), "--dry-run")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_new_tasks_are_planned_with_as_many_queries_for_many_as_for_few(files):
    make_agent()
    counts = []
    for count in (2, 30):
        with CaptureQueriesContext(connection) as queries:
            files.load(many(count), "--dry-run")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_log_says_what_was_loaded_in_words(files, caplog):
    with caplog.at_level("INFO", logger="scheduling.interop.applying"):
        files.load(REPORT)
    assert "loaded tasks.yaml: 3 create" in caplog.text
