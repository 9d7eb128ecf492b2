from enum import StrEnum


class CautionsEnum(StrEnum):
    CLOCK_CHANGE = "clock_change"
    EITHER_DAY = "either_day"
    FIRST_OF_TWO = "first_of_two"
    SECOND_OF_TWO = "second_of_two"

    def __str__(self) -> str:
        return str(self.value)
