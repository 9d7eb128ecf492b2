"""The secrets of one machine: made at the first start, kept in files that only their owner reads."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from config.supervisor.exceptions import CannotStartError


def _fernet_key() -> str:
    """Return a key in Fernet's form: 32 random bytes in URL-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii")


# Name in the environment -> how a new value is made. The encryption key first: a start that
# was cut off between two files must not look like a lost key.
KEYS: dict[str, Callable[[], str]] = {
    "FIELD_ENCRYPTION_KEYS": _fernet_key,
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "INTERNAL_API_KEY": lambda: secrets.token_urlsafe(32),
}


def key_files(data_dir: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Return `NAME_FILE -> path` for each key that `environ` does not set, making the missing.

    The children get the file's name, not the key: an environment is inherited by whatever
    they start. Raises CannotStartError if the encryption key is lost while data may need it, or if
    a file cannot be read or written.
    """
    folder = data_dir / "secrets"
    files: dict[str, str] = {}
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        known = {name for name in KEYS if _file(folder, name).exists()}
        for name, make in KEYS.items():
            if environ.get(name) or environ.get(f"{name}_FILE"):
                continue
            path = _file(folder, name)
            if name not in known:
                if name == "FIELD_ENCRYPTION_KEYS" and known:
                    raise CannotStartError(_lost(path))
                _write_new(path, make())
            files[f"{name}_FILE"] = str(path)
    except OSError as error:
        raise CannotStartError(
            f"the keys in {folder} cannot be read or made ({error.strerror}); "
            "the folder must belong to the user who starts Backbeat."
        ) from error
    return files


def existing_key_files(data_dir: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Return `NAME_FILE -> path` for each key made before that `environ` does not set."""
    folder = data_dir.resolve() / "secrets"
    return {
        f"{name}_FILE": str(_file(folder, name))
        for name in KEYS
        if not (environ.get(name) or environ.get(f"{name}_FILE"))
        and os.access(_file(folder, name), os.R_OK)
    }


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name.lower()}.key"


def _lost(path: Path) -> str:
    return (
        f"{path} is missing although Backbeat has run here before. The secrets in the database "
        "were encrypted with it, and a new key could not read them: put the file back, or set "
        "FIELD_ENCRYPTION_KEYS."
    )


def _write_new(path: Path, value: str) -> None:
    """Write a file that is whole or absent: a key cut off by a crash would lock data away."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w", encoding="ascii") as file:
        file.write(value + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
