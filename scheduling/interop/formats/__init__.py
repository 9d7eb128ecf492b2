"""The formats of task files, by name: Backbeat's own and those of five other systems."""

from __future__ import annotations

from scheduling.interop.formats.apflow import ApflowFormat
from scheduling.interop.formats.backbeat import BackbeatFormat
from scheduling.interop.formats.base import Format
from scheduling.interop.formats.omniagent import OmniagentFormat
from scheduling.interop.formats.rq import RqFormat
from scheduling.interop.formats.simplize import SimplizeFormat
from scheduling.interop.formats.sympozium import SympoziumFormat

#: In this order a document is offered to them; no two claim the same one.
FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        BackbeatFormat(),
        SimplizeFormat(),
        RqFormat(),
        ApflowFormat(),
        OmniagentFormat(),
        SympoziumFormat(),
    )
}
