"""A Kubernetes CronJob that triggers a task at its slots, and the Secret with its token."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import yaml

from scheduling.interop.exports.cron_line import CannotExport, cron_line
from scheduling.interop.exports.webhook_url import one_line, trigger_address
from scheduling.models import ScheduledTask

IMAGE = "curlimages/curl:8.10.1"
PLACEHOLDER = "PUT-A-TRIGGER-TOKEN-HERE"
_MOST_NAME_CHARS = 52  # a CronJob's; its jobs append eleven
_MOST_LABEL_CHARS = 63
_MOUNT = "/etc/backbeat"
_HEADER = "authorization"
#: The user of the image, who may not be root.
_USER, _GROUP = 100, 101
_DEADLINE = 3_600
_CONCURRENCY = {"skip": "Forbid", "replace": "Replace"}

Manifest = dict[str, Any]


def kubernetes(
    task: ScheduledTask, base_url: str, *, token: str = "", namespace: str = ""
) -> str:
    """Return the manifests as YAML: the Secret and the CronJob. Raises `CannotExport`."""
    documents = manifests(task, base_url, token=token, namespace=namespace)
    return str(yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True))


def manifests(
    task: ScheduledTask, base_url: str, *, token: str = "", namespace: str = ""
) -> list[Manifest]:
    """Return the Secret and the CronJob. Raises `CannotExport`.

    Without a `token` the Secret says where one is to be put.
    """
    line = cron_line(task)
    if line.both_days:
        raise CannotExport(
            "Kubernetes wants the day of the month or the weekday to fit, this task both."
        )
    name = name_of(task.pk)
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": _metadata(task, name, namespace),
        "type": "Opaque",
        "stringData": {_HEADER: f"Authorization: Bearer {token or PLACEHOLDER}"},
    }
    job = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": _metadata(task, name, namespace),
        "spec": {
            "schedule": line.fields,
            "timeZone": line.timezone,
            "concurrencyPolicy": _CONCURRENCY.get(task.overlap, "Allow"),
            "startingDeadlineSeconds": _starting_deadline(task),
            "suspend": not task.active,
            "successfulJobsHistoryLimit": 3,
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {"spec": _job(name, trigger_address(task, base_url))},
        },
    }
    return [secret, job]


def plain_cronjob(
    task: ScheduledTask, address: str, namespace: str = "default"
) -> Manifest:
    """Return the CronJob that APFlow writes, which carries no credentials. Raises `CannotExport`."""
    container = {
        "name": "trigger",
        "image": "curlimages/curl:latest",
        "args": ["-X", "POST", "-H", "Content-Type: application/json", address],
    }
    pod = {"containers": [container], "restartPolicy": "OnFailure"}
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {
            "name": f"apflow-{task.pk[:8]}".lower().replace("_", "-"),
            "namespace": namespace,
            "labels": {"app": "apflow", "task-id": task.pk},
            "annotations": {"apflow.io/task-name": task.name},
        },
        "spec": {
            "schedule": cron_line(task).fields,
            "jobTemplate": {"spec": {"template": {"spec": pod}}},
        },
    }


def name_of(task_id: str) -> str:
    """Return the name of the objects of a task: a DNS label, another for each id."""
    fitting = re.sub(r"[^a-z0-9]+", "-", task_id.lower()).strip("-")
    return _within(f"backbeat-{fitting}", f"backbeat-{task_id}", _MOST_NAME_CHARS)


def _metadata(task: ScheduledTask, name: str, namespace: str) -> Manifest:
    label = _within(task.pk.strip("-_"), task.pk, _MOST_LABEL_CHARS)
    labels = {"app.kubernetes.io/managed-by": "backbeat", "backbeat/task-id": label}
    place = {"namespace": namespace} if namespace else {}
    notes = {"backbeat/task-id": task.pk, "backbeat/task-name": one_line(task.name)}
    return {"name": name, **place, "labels": labels, "annotations": notes}


def _within(fitting: str, wanted: str, most: int) -> str:
    """`fitting`, marked by a digest of `wanted` where that is something else or too long."""
    if fitting == wanted and len(fitting) <= most:
        return fitting
    mark = hashlib.sha256(wanted.encode()).hexdigest()[:8]
    kept = fitting[: most - len(mark) - 1].rstrip("-_")
    return f"{kept}-{mark}" if kept else mark


def _starting_deadline(task: ScheduledTask) -> int:
    """How late a trigger may still come: as late as the task would run a missed slot."""
    if task.catch_up == task.CatchUp.SKIP:
        return 60
    return max(task.catch_up_window_seconds or _DEADLINE, 60)


def _job(name: str, address: str) -> Manifest:
    pod = {
        "restartPolicy": "OnFailure",
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _GROUP,
            "fsGroup": _GROUP,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(address)],
        "volumes": [
            {"name": "token", "secret": {"secretName": name, "defaultMode": 0o440}}
        ],
    }
    limits = {"backoffLimit": 3, "activeDeadlineSeconds": 600}
    return {**limits, "template": {"spec": pod}}


def _container(address: str) -> Manifest:
    """curl alone, without a shell: the token stands in a file, not among its arguments."""
    field = {"fieldPath": "metadata.labels['job-name']"}
    return {
        "name": "trigger",
        "image": IMAGE,
        "args": [
            *("--silent", "--show-error", "--fail-with-body"),
            *("--retry", "3", "--max-time", "60", "-X", "POST"),
            *("-H", f"@{_MOUNT}/{_HEADER}"),
            # One name for each slot, so that a second try of its pod begins no second run.
            *("-H", "Idempotency-Key: $(JOB_NAME)"),
            address.replace("$(", "$$("),
        ],
        "env": [{"name": "JOB_NAME", "valueFrom": {"fieldRef": field}}],
        "volumeMounts": [{"name": "token", "mountPath": _MOUNT, "readOnly": True}],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "resources": {
            "requests": {"cpu": "10m", "memory": "16Mi"},
            "limits": {"cpu": "100m", "memory": "64Mi"},
        },
    }
