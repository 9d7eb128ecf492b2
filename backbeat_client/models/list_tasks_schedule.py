from enum import StrEnum


class ListTasksSchedule(StrEnum):
    CRON = "cron"
    DAILY = "daily"
    INTERVAL = "interval"
    MONTHLY = "monthly"
    NONE = "none"
    ONCE = "once"
    WEEKLY = "weekly"

    def __str__(self) -> str:
        return str(self.value)
