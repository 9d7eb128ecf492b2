"""The Python client: `make_client.py` generates `backbeat_client/` from the OpenAPI document.

`--check` says whether the client in the repository is the one that the document gives: beside it
lies the digest of the document that it was made of.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

PROJECT_DIR = Path(__file__).resolve().parents[1]
PACKAGE = PROJECT_DIR / "backbeat_client"
DIGEST = PACKAGE / "document.sha256"
_BIN = Path(sys.executable).parent
_CONFIG = {
    "project_name_override": "backbeat_client",
    "package_name_override": "backbeat_client",
    "post_hooks": ["ruff check . --fix-only --quiet --isolated", "ruff format . --quiet --isolated"],
}  # fmt: skip


def document() -> dict[str, Any]:
    """Return the OpenAPI document as `/v2/schema` serves it."""
    from drf_spectacular.generators import SchemaGenerator  # noqa: PLC0415 -- needs Django

    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return made


def digest_of(made: dict[str, Any]) -> str:
    """Return the digest of a document, however its parts are ordered."""
    text = json.dumps(made, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def is_current() -> bool:
    """Whether the client in the repository was made of the document as it is now."""
    return DIGEST.exists() and DIGEST.read_text().strip() == digest_of(document())


def generate(target: Path) -> None:
    """Write the client, its digest included, into `target`, which is replaced."""
    made = document()
    with tempfile.TemporaryDirectory() as folder:
        source, config = Path(folder, "document.json"), Path(folder, "config.json")
        source.write_text(json.dumps(made, default=str))
        config.write_text(json.dumps(_CONFIG))
        command = (
            str(_BIN / "openapi-python-client"), "generate", "--meta", "none", "--overwrite",
            "--path", str(source), "--config", str(config), "--output-path", str(target),
        )  # fmt: skip
        shutil.rmtree(target, ignore_errors=True)
        path = f"{_BIN}{os.pathsep}{os.environ.get('PATH', '')}"
        subprocess.run(  # noqa: S603 -- written above
            command,
            check=True,
            env={**os.environ, "PATH": path},
            stdout=subprocess.DEVNULL,
        )
    (target / "py.typed").touch()
    (target / DIGEST.name).write_text(f"{digest_of(made)}\n")


def main() -> int:
    """Generate the client, or check it; return 0 when it is current."""
    import django  # noqa: PLC0415 -- not before the settings are named

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    check_only = parser.parse_args().check
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    sys.path.insert(0, str(PROJECT_DIR))
    django.setup()
    if not check_only:
        generate(PACKAGE)
    if is_current():
        return 0
    sys.stderr.write(
        "backbeat_client/ is not what the API is: run scripts/make_client.py\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
