"""Rows such as an installation has after some weeks, for a look at every page."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from notifications.alert_words import News, payload_of
from notifications.models import Attempt, ChatSession
from scheduling.models import Process, Run, Step
from signals.models import SignalMove, SignalOutput
from tests.access import things
from tests.browser.schedule_rows import plan
from tests.factories import (
    make_agent,
    make_delivery,
    make_incident,
    make_run,
    make_shared_webhook,
    make_task,
    make_webhook,
)

REPORT = """# Báo cáo sáng

VN-Index **+1,2 %** lên 1.284 điểm, thanh khoản *cao nhất* từ đầu tháng.

| Mã | Giá | Thay đổi | Khối lượng | Ghi chú |
|:---|----:|---------:|-----------:|:--------|
| VNM | 71.200 | +1,2 % | 1.234.500 | khối ngoại mua ròng phiên thứ năm liên tiếp |
| FPT | 132.500 | −0,4 % | 987.100 | chốt lời sau chuỗi tăng |

- Ngân hàng dẫn dắt, xem https://example.com/a_long_address_without_any_place_to_break_it/and/more
- Dầu khí điều chỉnh
  - `GAS` −1,1 %

```python
def close(prices: list[float]) -> float:
    return prices[-1]  # the last one of the day, whatever happened before
```
"""
TRACE = 'Traceback (most recent call last):\n  File "engine.py", line 88, in ask\n    raise AgentError(text)\nAgentError: HTTP 529: overloaded'


def realistic(reader: Any) -> dict[str, Any]:
    """One thing of each model by its label, as in `tests.access`, with what belongs to it.

    The chat session is the reader's own. What `plan` adds has names of its own.
    """
    made = things()
    task = made["scheduling.scheduledtask"]
    task.input_message = (
        "Write the morning report for {{date}}: index, sectors, outlook."
    )
    task.last_status, task.last_run_at = "succeeded", timezone.now()
    task.next_run_at = timezone.now() + timedelta(hours=5)
    task.run_count, task.failure_count = 31, 2
    task.owner, task.target_user_id = reader, str(reader.pk)
    task.save()
    task.tags.add(made["scheduling.tag"])
    _dress_agents(task)
    _dress_run(made["scheduling.run"])
    _make_history(task)
    _dress_delivery(made["notifications.delivery"], made["scheduling.run"])
    _make_webhooks(task)
    _dress_session(made["notifications.chatsession"], reader, task)
    _dress_signal(made["signals.signaloutput"], made["scheduling.run"])
    Process.objects.create(name="worker@here", kind="worker", pid=2, queues=["agents"], silent_after_seconds=30)  # fmt: skip
    _dress_steps(made["scheduling.run"])
    made["scheduling.approval"].run.output = REPORT
    made["scheduling.approval"].run.save()
    _block(made["scheduling.agent"])
    _make_incidents(made, reader)
    plan(made, reader)
    return made


def _make_incidents(made: dict[str, Any], reader: Any) -> None:
    """One that goes on and was told, one that somebody knows of, one that is over."""
    now, task = timezone.now(), made["scheduling.scheduledtask"]
    failing = made["notifications.incident"]
    for name, value in {
        "key": f"task:{task.pk}", "title": "Báo cáo sáng fails", "count": 14, "run_id": made["scheduling.run"].pk,
        "note": "Error: HTTP 529: overloaded, see https://example.com/a_long_address_without_any_place_to_break_it\n14 failures in a row.\nThe cause is the same as before.",
        "opened_at": now - timedelta(hours=26), "last_at": now - timedelta(minutes=7), "reminded_at": now - timedelta(hours=2),
    }.items():  # fmt: skip
        setattr(failing, name, value)
    failing.save()
    book = make_shared_webhook(name="Trực ban", for_alerts=True)
    for news, hours, status in (("opened", 26, "delivered"), ("reminder", 2, "failed")):
        at = now - timedelta(hours=hours)
        payload = payload_of(failing, News(news)).as_dict()
        make_delivery(
            book, kind="alert", incident=failing, payload=payload, status=status,
            error="" if status == "delivered" else "HTTP 500", created_at=at, finished_at=at,
        )  # fmt: skip
    make_incident(
        kind="dead_endpoint", key=f"webhook:{book.pk}", task_id="", webhook_id=book.pk, title="Trực ban is dead: 410 Gone",
        acknowledged_at=now, acknowledged_by=reader,
    )  # fmt: skip
    make_incident(kind="budget", key="agent:analyst:day", task_id="", title="The budget of the agent analyst is used up", resolved_at=now, opened_at=now - timedelta(hours=5))  # fmt: skip


def _dress_agents(task: Any) -> None:
    task.agent = make_agent(
        id="analyst",
        name="Market analyst",
        backend="llm",
        options={"provider": "openai", "model": "gpt-5", "temperature": 0.3},
        credentials={"api_key": "sk-test"},
        system_prompt="You are an analyst of the Vietnamese market.",
    )
    task.save()


def _block(agent: Any) -> None:
    """An agent that cannot run, and a task that waits for that."""
    agent.blocked_reason = "There is no API key: give the agent one, or set OPENAI_API_KEY where workers run."
    agent.blocked_at = agent.checked_at = timezone.now() - timedelta(minutes=20)
    agent.save()
    make_task(id="evening", name="Evening report", agent=agent, next_run_at=timezone.now() + timedelta(hours=2))  # fmt: skip


def _dress_run(run: Run) -> None:
    now = timezone.now()
    for name, value in {
        "status": "succeeded", "output": REPORT, "output_type": "markdown", "attempt": 1,
        "output_data": {"index": 1284.1, "movers": [{"ticker": "VNM", "change": 1.2}]},
        "system_prompt": "You are an analyst.", "input_message": "Write the report for 2026-11-20.",
        "model": "gpt-5-2026-08-07", "requests": 3, "tool_calls": 2, "input_tokens": 12_431,
        "output_tokens": 1_872, "cost": Decimal("0.0312"), "worker": "worker@here",
        "metadata": {"finish_reason": "stop"}, "started_at": now - timedelta(seconds=40),
        "finished_at": now - timedelta(seconds=9), "agent_id": "analyst",
        "untold": [
            {"webhook": 1, "name": "Nhóm <phân tích>", "why": "condition", "note": "change > `5`"},
            {"webhook": 2, "name": "Slack", "why": "unchanged", "note": ""},
        ],
    }.items():  # fmt: skip
        setattr(run, name, value)
    run.save()


def _dress_steps(run: Run) -> None:
    at = run.started_at or run.created_at
    for number, (kind, name, text, result) in enumerate([
        ("progress", "", "Đọc bảng giá", ""),
        ("tool", "fetch_page", '{"url": "https://example.com/prices"}', "VNM 71.200"),
        ("model", "gpt-5", "", REPORT),
    ], 1):  # fmt: skip
        Step.objects.create(
            run=run, number=number, kind=kind, name=name, text=text, result=result, status="succeeded",
            started_at=at + timedelta(seconds=number), ended_at=at + timedelta(seconds=2 * number),
            input_tokens=900 if kind == "model" else 0,
        )  # fmt: skip


def _make_history(task: Any) -> None:
    now = timezone.now()
    for hours in range(1, 40):
        at = now - timedelta(hours=hours)
        failed = hours % 9 == 4
        make_run(
            task, status="failed" if failed else "succeeded", failure_reason="error" if failed else "",
            error="HTTP 529: overloaded" if failed else "", error_trace=TRACE if failed else "",
            trigger="schedule", scheduled_for=at, created_at=at, started_at=at, output=REPORT[:90],
            finished_at=at + timedelta(seconds=31), input_tokens=900, output_tokens=120, attempt=1,
            output_data=None if failed else {"index": 1272.4, "movers": [], "note": "quiet"},
        )  # fmt: skip
    make_run(task, status="skipped", skip_reason="missed", trigger="schedule", slots=4,
             scheduled_for=now - timedelta(days=3), last_slot=now - timedelta(days=2),
             created_at=now - timedelta(days=2), finished_at=now - timedelta(days=2))  # fmt: skip
    make_run(task, status="running", attempt=1, lease_token=uuid.uuid4(),
             lease_expires_at=now + timedelta(minutes=5), started_at=now, worker="worker@here")  # fmt: skip


def _dress_delivery(delivery: Any, run: Run) -> None:
    delivery.run_id, delivery.task_id = run.pk, run.task_ref
    delivery.error = "HTTP 400: Bad Request: chat not found"
    delivery.save()
    Attempt.objects.create(
        delivery=delivery, number=1, started_at=timezone.now(), status_code=400, duration_ms=143,
        request_body='{"chat_id": "-100123", "text": "' + "VN-Index +1,2 % " * 30 + '"}',
        response='{"ok": false, "description": "Bad Request: chat not found"}',
        error="HTTP 400: Bad Request: chat not found",
    )  # fmt: skip


def _make_webhooks(task: Any) -> None:
    for each in ("discord", "telegram", "template", "signal_output"):
        hook = make_webhook(
            task, name=f"To {each}", format=each, chat_id="-100123" if each == "telegram" else "",
            url="" if each == "signal_output" else f"https://example.com/{each}",
            headers={"X-Api-Key": "s3cret"} if each == "template" else {},
            body_template={"text": "{{content}}"} if each == "template" else None,
        )  # fmt: skip
        if each == "discord":
            hook.active, hook.disabled_reason = False, "Unknown Webhook"
            hook.save()
            run = task.runs.filter(status="succeeded").first()
            make_delivery(hook, run_id=run.pk, status="delivered", finished_at=timezone.now())  # fmt: skip


def _dress_session(session: ChatSession, reader: Any, task: Any) -> None:
    session.user_id, session.title = str(reader.pk), "Báo cáo sáng"
    session.task_id, session.run_id = task.pk, uuid.uuid4()
    session.save()
    for role, said in (("user", "Write the report."), ("assistant", REPORT)):
        session.messages.create(role=role, content=said)
    for fields in (
        {"status": "cancelled", "finished_at": timezone.now()},
        {"status": "skipped", "skip_reason": "budget", "finished_at": timezone.now()},
        {"status": "queued"},
    ):
        said = "Vì sao **FPT** giảm?\n" + "x" * 90
        reply = make_run(
            task, trigger="reply", session_id=session.pk, requested_by=reader,
            input_message=said, **fields,
        )  # fmt: skip
        session.messages.create(role="user", content=said, run_id=reply.pk)
    for number in range(3):
        older = ChatSession.objects.create(
            user_id=session.user_id, title=f"Tuần {number}", read_at=timezone.now()
        )
        older.messages.create(role="assistant", content=REPORT)


def _dress_signal(signal: SignalOutput, run: Run) -> None:
    for name, value in {
        "ticker": "VNM", "event_type": "earnings", "event_date": "2026-11-20", "source": "hose",
        "content": REPORT, "run_id": str(run.pk), "task_id": run.task_ref, "task_name": "Morning report",
        "layer1_result": {"score": 0.71, "is_new": True, "price_change": {"day": -1.2, "sources": ["hose"]}},
        "layer2_result": {"verdict": "hold", "reasons": ["margin", "currency"]},
        "signal_factors": [{"name": "volume", "weight": 3}, {"name": "trend", "weight": 1.5}],
        "metadata": {"model": "gpt-5"}, "claims": 1,
    }.items():  # fmt: skip
        setattr(signal, name, value)
    signal.save()
    SignalMove.objects.create(signal=signal, status="new", actor="task report")
    SignalMove.objects.create(signal=signal, status="processing", actor="scorer")
