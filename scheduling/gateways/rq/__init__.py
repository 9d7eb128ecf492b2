"""`/api/scheduler/`: tasks and executions as the RQ scheduler has them (CONTRACTS A1)."""
