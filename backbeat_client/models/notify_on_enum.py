from enum import StrEnum


class NotifyOnEnum(StrEnum):
    ALWAYS = "always"
    CHANGE = "change"
    FAILURE = "failure"
    SUCCESS = "success"

    def __str__(self) -> str:
        return str(self.value)
