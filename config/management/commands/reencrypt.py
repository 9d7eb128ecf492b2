"""`manage.py reencrypt`: write every secret anew under the first of FIELD_ENCRYPTION_KEYS."""

from __future__ import annotations

from typing import Any

from django.apps import apps

from notifications.encryption import DecryptionError, EncryptedTextField, reencrypt
from pages.commands import Command as BaseCommand
from pages.commands import CommandParser, wrong


class Command(BaseCommand):
    """After it, the older keys can be taken away. May be run again, and while Backbeat runs."""

    help = "Write every stored secret anew under the first encryption key."
    examples = ("manage.py reencrypt",)

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
                    raise wrong(str(error)) from error
        if options["json"]:
            self.print_json(done)
            return
        for label, values in done.items():
            self.stdout.write(f"{label:24} {values} values written anew")
