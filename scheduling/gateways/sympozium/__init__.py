"""`/api/v1/schedules`: tasks as SympoziumSchedules (CONTRACTS A4)."""
