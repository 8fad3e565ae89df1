from .consent import Consent
from .customer import Customer
from .event import Event
from .history import HistoryState
from .identity import Device, Identity
from .item import Item
from .job import Job, JobChunk, JobLine
from .portrait import CustomerGroup, Portrait, Score
from .quarantine import QuarantinedRow
from .segment import Segment, SegmentMembership, SegmentVersion

__all__ = [
    "Consent",
    "Customer",
    "CustomerGroup",
    "Device",
    "Event",
    "HistoryState",
    "Identity",
    "Item",
    "Job",
    "JobChunk",
    "JobLine",
    "Portrait",
    "QuarantinedRow",
    "Score",
    "Segment",
    "SegmentMembership",
    "SegmentVersion",
]
