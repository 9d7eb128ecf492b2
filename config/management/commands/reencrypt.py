"""`manage.py reencrypt`: write every secret anew under the first of FIELD_ENCRYPTION_KEYS."""

from __future__ import annotations

import json
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser

from notifications.encryption import DecryptionError, EncryptedTextField, reencrypt


class Command(BaseCommand):
    """After it, the older keys can be taken away. May be run again, and while Backbeat runs."""

    help = "Write every stored secret anew under the first encryption key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        done: dict[str, int] = {}
        for model in apps.get_models():
            fields = model._meta.local_concrete_fields  # noqa: SLF001 -- Django's documented API
            if any(isinstance(field, EncryptedTextField) for field in fields):
                try:
                    done[model._meta.label] = reencrypt(model._default_manager.all())  # noqa: SLF001
                except DecryptionError as error:
                    raise CommandError(str(error), returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps(done))
            return
        for label, values in done.items():
            self.stdout.write(f"{label:24} {values} values written anew")
