"""Makes the secret files that docker-compose.yml mounts; what is there already is kept.

The folder is closed to other people. The files in it are not, because the container's user,
another one than yours, has to read them.
"""

from __future__ import annotations

import base64
import secrets
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "secrets"


def make(folder: Path) -> list[str]:
    """Make the missing files in `folder`; return their names."""
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    (folder / ".gitignore").write_text("*\n", encoding="ascii")
    password = _keep(folder / "postgres_password", secrets.token_urlsafe(32))
    wanted = {
        "database_url": f"postgres://backbeat:{password[0]}@postgres:5432/backbeat",
        "secret_key": secrets.token_urlsafe(48),
        "field_encryption_keys": base64.urlsafe_b64encode(
            secrets.token_bytes(32)
        ).decode(),
        "internal_api_key": secrets.token_urlsafe(32),
        "email_url": "",  # for a person to fill in: docs/email.md
    }
    made = ["postgres_password"] if password[1] else []
    return made + [name for name in wanted if _keep(folder / name, wanted[name])[1]]


def _keep(path: Path, value: str) -> tuple[str, bool]:
    """Return what the file holds, and whether it was made just now."""
    if path.exists():
        return path.read_text(encoding="ascii").strip(), False
    path.write_text(value + "\n", encoding="ascii")
    path.chmod(0o644)
    return value, True


if __name__ == "__main__":
    names = make(FOLDER)
    sys.stdout.write(f"made {', '.join(names) or 'nothing new'} in {FOLDER}\n")
