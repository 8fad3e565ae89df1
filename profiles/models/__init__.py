from .access import ApiKey, IdempotentCall
from .consent import Consent
from .customer import Customer
from .event import Event
from .history import HistoryState
from .identity import Device, Identity
from .item import Item
from .job import Job, JobChunk, JobLine
from .merge import Merge
from .portrait import CustomerGroup, Portrait, Score
from .quarantine import QuarantinedRow
from .segment import Segment, SegmentMembership, SegmentVersion
from .source import DuplicateCount, InboundSource, SourceDay, TallyMark

__all__ = [
    "ApiKey",
    "Consent",
    "Customer",
    "CustomerGroup",
    "Device",
    "DuplicateCount",
    "Event",
    "HistoryState",
    "IdempotentCall",
    "Identity",
    "InboundSource",
    "Item",
    "Job",
    "JobChunk",
    "JobLine",
    "Merge",
    "Portrait",
    "QuarantinedRow",
    "Score",
    "Segment",
    "SegmentMembership",
    "SegmentVersion",
    "SourceDay",
    "TallyMark",
]
