from enum import StrEnum


class IngestStatusEnum(StrEnum):
    NEW = "new"

    def __str__(self) -> str:
        return str(self.value)
