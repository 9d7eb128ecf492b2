"""Contains all the data models used in inputs/outputs"""

from .accepted import Accepted
from .accepted_status_enum import AcceptedStatusEnum
from .address import Address
from .address_headers import AddressHeaders
from .address_options import AddressOptions
from .address_request import AddressRequest
from .address_request_headers import AddressRequestHeaders
from .address_request_options import AddressRequestOptions
from .agent import Agent
from .agent_act import AgentAct
from .agent_act_arguments import AgentActArguments
from .agent_credentials import AgentCredentials
from .agent_options import AgentOptions
from .agent_request import AgentRequest
from .agent_request_credentials import AgentRequestCredentials
from .agent_request_options import AgentRequestOptions
from .approval import Approval
from .approval_expiry_enum import ApprovalExpiryEnum
from .approval_record import ApprovalRecord
from .attempt import Attempt
from .attempt_trigger_enum import AttemptTriggerEnum
from .backfill import Backfill
from .backfill_progress import BackfillProgress
from .backfill_request_request import BackfillRequestRequest
from .basis_enum import BasisEnum
from .blackout import Blackout
from .blackout_request import BlackoutRequest
from .blank_enum import BlankEnum
from .bus_event_request import BusEventRequest
from .bus_event_request_payload import BusEventRequestPayload
from .calendar import Calendar
from .calendar_dates_type_0 import CalendarDatesType0
from .calendar_file_dates import CalendarFileDates
from .calendar_request import CalendarRequest
from .calendar_request_dates_type_0 import CalendarRequestDatesType0
from .callback_request import CallbackRequest
from .callback_request_metadata import CallbackRequestMetadata
from .callback_request_usage import CallbackRequestUsage
from .catch_up_enum import CatchUpEnum
from .cautions_enum import CautionsEnum
from .change import Change
from .check import Check
from .claim_request import ClaimRequest
from .claimed import Claimed
from .complete_request import CompleteRequest
from .conversation import Conversation
from .cycle_member import CycleMember
from .cycle_parent import CycleParent
from .decision_request import DecisionRequest
from .delivery import Delivery
from .delivery_detail import DeliveryDetail
from .delivery_kind_enum import DeliveryKindEnum
from .delivery_status_enum import DeliveryStatusEnum
from .diff import Diff
from .entry import Entry
from .event import Event
from .event_trigger import EventTrigger
from .event_trigger_request import EventTriggerRequest
from .exports import Exports
from .exports_refused import ExportsRefused
from .exports_with_token import ExportsWithToken
from .exports_with_token_refused import ExportsWithTokenRefused
from .extend_request import ExtendRequest
from .fail_request import FailRequest
from .failure_reason_enum import FailureReasonEnum
from .finding import Finding
from .first_run_enum import FirstRunEnum
from .get_calendar_file_active import GetCalendarFileActive
from .get_calendar_file_type import GetCalendarFileType
from .get_task_exports_kind import GetTaskExportsKind
from .incident import Incident
from .incident_detail import IncidentDetail
from .ingest_request import IngestRequest
from .ingest_request_metadata_type_0 import IngestRequestMetadataType0
from .ingest_status_enum import IngestStatusEnum
from .latest_reply import LatestReply
from .line import Line
from .line_kind_enum import LineKindEnum
from .list_deliveries_kind import ListDeliveriesKind
from .list_deliveries_status import ListDeliveriesStatus
from .list_events_kind import ListEventsKind
from .list_incidents_kind import ListIncidentsKind
from .list_incidents_state import ListIncidentsState
from .list_runs_reason_of_the_failure import ListRunsReasonOfTheFailure
from .list_runs_reason_of_the_skip import ListRunsReasonOfTheSkip
from .list_runs_status import ListRunsStatus
from .list_runs_trigger import ListRunsTrigger
from .list_signal_outputs_status import ListSignalOutputsStatus
from .list_task_runs_reason_of_the_failure import ListTaskRunsReasonOfTheFailure
from .list_task_runs_reason_of_the_skip import ListTaskRunsReasonOfTheSkip
from .list_task_runs_status import ListTaskRunsStatus
from .list_task_runs_trigger import ListTaskRunsTrigger
from .list_tasks_schedule import ListTasksSchedule
from .memory import Memory
from .memory_request import MemoryRequest
from .memory_scope_enum import MemoryScopeEnum
from .memory_version import MemoryVersion
from .message import Message
from .move import Move
from .new_trigger_key import NewTriggerKey
from .not_told import NotTold
from .notification_result import NotificationResult
from .notify_on_enum import NotifyOnEnum
from .oddity_enum import OddityEnum
from .on_closed_day_enum import OnClosedDayEnum
from .outlook import Outlook
from .overlap_enum import OverlapEnum
from .owner_budget import OwnerBudget
from .owner_budget_request import OwnerBudgetRequest
from .paginated_address_list import PaginatedAddressList
from .paginated_agent_act_list import PaginatedAgentActList
from .paginated_agent_list import PaginatedAgentList
from .paginated_approval_list import PaginatedApprovalList
from .paginated_backfill_list import PaginatedBackfillList
from .paginated_blackout_list import PaginatedBlackoutList
from .paginated_calendar_list import PaginatedCalendarList
from .paginated_delivery_list import PaginatedDeliveryList
from .paginated_event_list import PaginatedEventList
from .paginated_incident_list import PaginatedIncidentList
from .paginated_memory_version_list import PaginatedMemoryVersionList
from .paginated_run_list import PaginatedRunList
from .paginated_session_list import PaginatedSessionList
from .paginated_signal_list import PaginatedSignalList
from .paginated_task_list import PaginatedTaskList
from .paginated_version_list import PaginatedVersionList
from .parent import Parent
from .parent_request import ParentRequest
from .patched_address_request import PatchedAddressRequest
from .patched_address_request_headers import PatchedAddressRequestHeaders
from .patched_address_request_options import PatchedAddressRequestOptions
from .patched_agent_request import PatchedAgentRequest
from .patched_agent_request_credentials import PatchedAgentRequestCredentials
from .patched_agent_request_options import PatchedAgentRequestOptions
from .patched_blackout_request import PatchedBlackoutRequest
from .patched_calendar_request import PatchedCalendarRequest
from .patched_calendar_request_dates_type_0 import PatchedCalendarRequestDatesType0
from .patched_event_trigger_request import PatchedEventTriggerRequest
from .patched_task_request import PatchedTaskRequest
from .patched_task_request_agent_options import PatchedTaskRequestAgentOptions
from .patched_task_request_month_days_item_type_1 import (
    PatchedTaskRequestMonthDaysItemType1,
)
from .pause_all_request import PauseAllRequest
from .pause_request import PauseRequest
from .planned_backfill import PlannedBackfill
from .preview_request import PreviewRequest
from .preview_request_month_days_item_type_1 import PreviewRequestMonthDaysItemType1
from .preview_settings_request import PreviewSettingsRequest
from .preview_settings_request_headers import PreviewSettingsRequestHeaders
from .preview_settings_request_options import PreviewSettingsRequestOptions
from .previewed import Previewed
from .previewed_messages_item import PreviewedMessagesItem
from .problem import Problem
from .problem_errors import ProblemErrors
from .published_event import PublishedEvent
from .rejection_request import RejectionRequest
from .replay_request import ReplayRequest
from .replay_status_enum import ReplayStatusEnum
from .replayed import Replayed
from .replied import Replied
from .reply_request import ReplyRequest
from .resumed_all import ResumedAll
from .role_enum import RoleEnum
from .run import Run
from .run_detail import RunDetail
from .run_diff import RunDiff
from .run_status_enum import RunStatusEnum
from .run_to_preview_request import RunToPreviewRequest
from .run_trigger_enum import RunTriggerEnum
from .schedule_type_enum import ScheduleTypeEnum
from .scheduler_stats import SchedulerStats
from .secret import Secret
from .session import Session
from .session_detail import SessionDetail
from .signal import Signal
from .signal_detail import SignalDetail
from .signal_status_enum import SignalStatusEnum
from .sizes import Sizes
from .skip_reason_enum import SkipReasonEnum
from .slot import Slot
from .slot_run import SlotRun
from .slots import Slots
from .spending import Spending
from .spending_line import SpendingLine
from .state_enum import StateEnum
from .step import Step
from .steps import Steps
from .switch_on_request import SwitchOnRequest
from .switched_on import SwitchedOn
from .task import Task
from .task_agent_options import TaskAgentOptions
from .task_month_days_item_type_1 import TaskMonthDaysItemType1
from .task_request import TaskRequest
from .task_request_agent_options import TaskRequestAgentOptions
from .task_request_month_days_item_type_1 import TaskRequestMonthDaysItemType1
from .test import Test
from .timeline_entry import TimelineEntry
from .trigger_key import TriggerKey
from .trigger_key_kind_enum import TriggerKeyKindEnum
from .trigger_key_request import TriggerKeyRequest
from .usage import Usage
from .usage_so_far import UsageSoFar
from .verdict import Verdict
from .version import Version
from .version_detail import VersionDetail
from .version_detail_data import VersionDetailData
from .webhook import Webhook
from .webhook_headers import WebhookHeaders
from .webhook_options import WebhookOptions
from .webhook_request import WebhookRequest
from .webhook_request_headers import WebhookRequestHeaders
from .webhook_request_options import WebhookRequestOptions
from .webhook_url import WebhookUrl
from .when_enum import WhenEnum
from .words import Words

__all__ = (
    "Accepted",
    "AcceptedStatusEnum",
    "Address",
    "AddressHeaders",
    "AddressOptions",
    "AddressRequest",
    "AddressRequestHeaders",
    "AddressRequestOptions",
    "Agent",
    "AgentAct",
    "AgentActArguments",
    "AgentCredentials",
    "AgentOptions",
    "AgentRequest",
    "AgentRequestCredentials",
    "AgentRequestOptions",
    "Approval",
    "ApprovalExpiryEnum",
    "ApprovalRecord",
    "Attempt",
    "AttemptTriggerEnum",
    "Backfill",
    "BackfillProgress",
    "BackfillRequestRequest",
    "BasisEnum",
    "Blackout",
    "BlackoutRequest",
    "BlankEnum",
    "BusEventRequest",
    "BusEventRequestPayload",
    "Calendar",
    "CalendarDatesType0",
    "CalendarFileDates",
    "CalendarRequest",
    "CalendarRequestDatesType0",
    "CallbackRequest",
    "CallbackRequestMetadata",
    "CallbackRequestUsage",
    "CatchUpEnum",
    "CautionsEnum",
    "Change",
    "Check",
    "ClaimRequest",
    "Claimed",
    "CompleteRequest",
    "Conversation",
    "CycleMember",
    "CycleParent",
    "DecisionRequest",
    "Delivery",
    "DeliveryDetail",
    "DeliveryKindEnum",
    "DeliveryStatusEnum",
    "Diff",
    "Entry",
    "Event",
    "EventTrigger",
    "EventTriggerRequest",
    "Exports",
    "ExportsRefused",
    "ExportsWithToken",
    "ExportsWithTokenRefused",
    "ExtendRequest",
    "FailRequest",
    "FailureReasonEnum",
    "Finding",
    "FirstRunEnum",
    "GetCalendarFileActive",
    "GetCalendarFileType",
    "GetTaskExportsKind",
    "Incident",
    "IncidentDetail",
    "IngestRequest",
    "IngestRequestMetadataType0",
    "IngestStatusEnum",
    "LatestReply",
    "Line",
    "LineKindEnum",
    "ListDeliveriesKind",
    "ListDeliveriesStatus",
    "ListEventsKind",
    "ListIncidentsKind",
    "ListIncidentsState",
    "ListRunsReasonOfTheFailure",
    "ListRunsReasonOfTheSkip",
    "ListRunsStatus",
    "ListRunsTrigger",
    "ListSignalOutputsStatus",
    "ListTaskRunsReasonOfTheFailure",
    "ListTaskRunsReasonOfTheSkip",
    "ListTaskRunsStatus",
    "ListTaskRunsTrigger",
    "ListTasksSchedule",
    "Memory",
    "MemoryRequest",
    "MemoryScopeEnum",
    "MemoryVersion",
    "Message",
    "Move",
    "NewTriggerKey",
    "NotTold",
    "NotificationResult",
    "NotifyOnEnum",
    "OddityEnum",
    "OnClosedDayEnum",
    "Outlook",
    "OverlapEnum",
    "OwnerBudget",
    "OwnerBudgetRequest",
    "PaginatedAddressList",
    "PaginatedAgentActList",
    "PaginatedAgentList",
    "PaginatedApprovalList",
    "PaginatedBackfillList",
    "PaginatedBlackoutList",
    "PaginatedCalendarList",
    "PaginatedDeliveryList",
    "PaginatedEventList",
    "PaginatedIncidentList",
    "PaginatedMemoryVersionList",
    "PaginatedRunList",
    "PaginatedSessionList",
    "PaginatedSignalList",
    "PaginatedTaskList",
    "PaginatedVersionList",
    "Parent",
    "ParentRequest",
    "PatchedAddressRequest",
    "PatchedAddressRequestHeaders",
    "PatchedAddressRequestOptions",
    "PatchedAgentRequest",
    "PatchedAgentRequestCredentials",
    "PatchedAgentRequestOptions",
    "PatchedBlackoutRequest",
    "PatchedCalendarRequest",
    "PatchedCalendarRequestDatesType0",
    "PatchedEventTriggerRequest",
    "PatchedTaskRequest",
    "PatchedTaskRequestAgentOptions",
    "PatchedTaskRequestMonthDaysItemType1",
    "PauseAllRequest",
    "PauseRequest",
    "PlannedBackfill",
    "PreviewRequest",
    "PreviewRequestMonthDaysItemType1",
    "PreviewSettingsRequest",
    "PreviewSettingsRequestHeaders",
    "PreviewSettingsRequestOptions",
    "Previewed",
    "PreviewedMessagesItem",
    "Problem",
    "ProblemErrors",
    "PublishedEvent",
    "RejectionRequest",
    "ReplayRequest",
    "ReplayStatusEnum",
    "Replayed",
    "Replied",
    "ReplyRequest",
    "ResumedAll",
    "RoleEnum",
    "Run",
    "RunDetail",
    "RunDiff",
    "RunStatusEnum",
    "RunToPreviewRequest",
    "RunTriggerEnum",
    "ScheduleTypeEnum",
    "SchedulerStats",
    "Secret",
    "Session",
    "SessionDetail",
    "Signal",
    "SignalDetail",
    "SignalStatusEnum",
    "Sizes",
    "SkipReasonEnum",
    "Slot",
    "SlotRun",
    "Slots",
    "Spending",
    "SpendingLine",
    "StateEnum",
    "Step",
    "Steps",
    "SwitchOnRequest",
    "SwitchedOn",
    "Task",
    "TaskAgentOptions",
    "TaskMonthDaysItemType1",
    "TaskRequest",
    "TaskRequestAgentOptions",
    "TaskRequestMonthDaysItemType1",
    "Test",
    "TimelineEntry",
    "TriggerKey",
    "TriggerKeyKindEnum",
    "TriggerKeyRequest",
    "Usage",
    "UsageSoFar",
    "Verdict",
    "Version",
    "VersionDetail",
    "VersionDetailData",
    "Webhook",
    "WebhookHeaders",
    "WebhookOptions",
    "WebhookRequest",
    "WebhookRequestHeaders",
    "WebhookRequestOptions",
    "WebhookUrl",
    "WhenEnum",
    "Words",
)
