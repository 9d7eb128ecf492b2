from enum import StrEnum


class FirstRunEnum(StrEnum):
    AT_ONCE = "at_once"
    NEXT_SLOT = "next_slot"

    def __str__(self) -> str:
        return str(self.value)
