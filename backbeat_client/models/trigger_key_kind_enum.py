from enum import StrEnum


class TriggerKeyKindEnum(StrEnum):
    SECRET = "secret"
    TOKEN = "token"

    def __str__(self) -> str:
        return str(self.value)
