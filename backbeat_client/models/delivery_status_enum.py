from enum import StrEnum


class DeliveryStatusEnum(StrEnum):
    CANCELLED = "cancelled"
    DELIVERED = "delivered"
    FAILED = "failed"
    PENDING = "pending"
    SENDING = "sending"
    UNKNOWN = "unknown"

    def __str__(self) -> str:
        return str(self.value)
