from enum import StrEnum


class OddityEnum(StrEnum):
    FIRST_OF_TWO = "first_of_two"
    GAP = "gap"
    SECOND_PASS = "second_pass"

    def __str__(self) -> str:
        return str(self.value)
