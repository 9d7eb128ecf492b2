"""docker-compose.yml and the Dockerfile, read as data: no container engine runs here."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.fernet import Fernet

from config.supervisor import plan
from config.supervisor.options import Options
from config.supervisor.processes import Role
from scripts import compose_secrets

PROJECT_DIR = plan.PROJECT_DIR
COMPOSE: dict[str, Any] = yaml.safe_load(
    (PROJECT_DIR / "docker-compose.yml").read_text()
)
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (PROJECT_DIR / "Dockerfile").read_text()
OURS = ("migrate", "web", "worker", "sender", "beat")
SPECS = {
    str(spec.role): spec
    for spec in plan.service_specs(
        Options(data_dir=Path("/data"), host="0.0.0.0"), {}, python="python"
    )
}


def test_there_is_a_service_for_every_role_of_the_one_machine_start():
    roles = {str(role) for role in Role if role is not Role.PREPARE}
    assert set(SERVICES) == roles | {"migrate", "postgres"}


@pytest.mark.parametrize("name", ["web", "worker", "sender", "beat"])
def test_a_container_runs_the_command_of_the_one_machine_start(name):
    assert tuple(SERVICES[name]["command"]) == SPECS[name].argv


def test_migrate_prepares_all_but_the_static_files_of_the_image():
    expected = [*plan.prepare_command("python"), "--no-static"]
    assert SERVICES["migrate"]["command"] == expected


def test_the_image_runs_the_web_when_nothing_else_is_said():
    command = re.findall(r"^CMD (.+)$", DOCKERFILE, re.MULTILINE)[-1]
    assert tuple(json.loads(command)) == SPECS["web"].argv


@pytest.mark.parametrize("name", ["web", "worker", "sender", "beat"])
def test_a_container_is_given_as_long_to_stop_as_a_child(name):
    assert SERVICES[name]["stop_grace_period"] == f"{SPECS[name].stop_seconds:g}s"


@pytest.mark.parametrize("name", OURS)
def test_a_container_runs_without_rights(name):
    service = SERVICES[name]
    assert service["user"] == "10001:10001"
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True


def test_the_image_itself_does_not_run_as_root():
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, re.MULTILINE)


@pytest.mark.parametrize("name", [n for n in SERVICES if n != "migrate"])
def test_a_fallen_container_is_started_again(name):
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_migrate_runs_once_and_before_the_others():
    assert SERVICES["migrate"]["restart"] == "no"
    for name in ("web", "worker", "sender", "beat"):
        waits = SERVICES[name]["depends_on"]
        assert waits["migrate"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("name", [n for n in SERVICES if n not in {"migrate", "beat"}])
def test_every_lasting_service_that_can_be_asked_has_a_health_check(name):
    assert SERVICES[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}


@pytest.mark.parametrize("name", ["migrate", "beat"])
def test_what_serves_no_web_switches_the_images_health_check_off(name):
    assert SERVICES[name]["healthcheck"] == {"disable": True}


def test_secrets_come_by_file_only():
    for name, service in SERVICES.items():
        for variable in service.get("environment", {}):
            if re.search(
                r"PASSWORD|SECRET_KEY|KEYS|API_KEY|DATABASE_URL|EMAIL_URL", variable
            ):
                assert variable.endswith("_FILE"), (name, variable)


def test_every_secret_file_that_a_service_names_is_mounted_into_it():
    for name, service in SERVICES.items():
        named = {
            Path(value).name
            for variable, value in service.get("environment", {}).items()
            if variable.endswith("_FILE")
        }
        assert named <= set(service.get("secrets", [])), name
        assert named <= set(COMPOSE["secrets"]), name


def test_the_settings_read_the_address_of_the_database_from_its_file(tmp_path):
    compose_secrets.make(tmp_path)
    variables = {
        variable: value.replace("/run/secrets", str(tmp_path))
        for variable, value in SERVICES["web"]["environment"].items()
        if variable.endswith("_FILE")
    }
    code = (
        "from django.conf import settings; d = settings.DATABASES['default']; "
        "print(d['ENGINE'], d['HOST'], d['PASSWORD'])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT_DIR,
        env={
            "DJANGO_SETTINGS_MODULE": "config.settings.production",
            "DATA_DIR": str(tmp_path),
            **variables,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    password = (tmp_path / "postgres_password").read_text().strip()
    assert shown.stdout.split() == [
        *("django.db.backends.postgresql", "postgres", password)
    ]


def test_only_the_web_is_published_and_by_default_to_this_machine_alone():
    published = {n: s["ports"] for n, s in SERVICES.items() if "ports" in s}
    assert published == {"web": ["${BIND:-127.0.0.1}:${PORT:-8000}:8000"]}


def test_the_broker_writes_down_what_it_takes_and_refuses_rather_than_forgets():
    command = SERVICES["valkey"]["command"]
    assert command[command.index("--appendonly") + 1] == "yes"
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"


def test_the_image_installs_only_what_the_lock_has_hashes_for():
    assert "--require-hashes -r /build/requirements.lock" in DOCKERFILE


def test_every_package_but_the_tests_gets_into_the_image():
    allowed = re.findall(
        r"^!(.+?)/?$", (PROJECT_DIR / ".dockerignore").read_text(), re.MULTILINE
    )
    packages = {path.parent.name for path in PROJECT_DIR.glob("*/__init__.py")}
    # The client is for the programs of others.
    assert packages - {"tests", "backbeat_client"} <= set(allowed)


def test_the_secret_files_are_made_once_and_match_what_compose_mounts(tmp_path):
    folder = tmp_path / "secrets"
    assert set(compose_secrets.make(folder)) == set(COMPOSE["secrets"])
    before = {path.name: path.read_text() for path in folder.iterdir()}
    assert compose_secrets.make(folder) == []
    assert before == {path.name: path.read_text() for path in folder.iterdir()}


def test_the_made_secrets_fit_together(tmp_path):
    compose_secrets.make(tmp_path)
    read = {path.name: path.read_text().strip() for path in tmp_path.iterdir()}
    assert f":{read['postgres_password']}@postgres:" in read["database_url"]
    Fernet(read["field_encryption_keys"])  # raises if it is no key
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
