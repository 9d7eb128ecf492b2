from enum import StrEnum


class GetTaskExportsKind(StrEnum):
    CRONTAB = "crontab"
    KUBERNETES = "kubernetes"

    def __str__(self) -> str:
        return str(self.value)
