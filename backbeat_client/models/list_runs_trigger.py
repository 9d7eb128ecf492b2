from enum import StrEnum


class ListRunsTrigger(StrEnum):
    AGENT = "agent"
    API = "api"
    BACKFILL = "backfill"
    CHAIN = "chain"
    EVENT = "event"
    MANUAL = "manual"
    REPLY = "reply"
    RERUN = "rerun"
    SCHEDULE = "schedule"
    WEBHOOK = "webhook"

    def __str__(self) -> str:
        return str(self.value)
