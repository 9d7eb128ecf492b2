"""Five small agents: functions that need no key, and the `tasks.yaml` that schedules them."""
