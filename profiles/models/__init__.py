from .access import ApiKey, IdempotentCall, ShopKey
from .audit import AuditEntry
from .consent import Consent
from .customer import Customer
from .event import Event
from .history import HistoryState
from .identity import Device, Identity
from .imported_file import ImportFile, SavedMapping
from .item import Item
from .job import Job, JobChunk, JobLine
from .merge import Merge
from .order import Order, OrderFile
from .portrait import CustomerGroup, PastScore, Portrait, Score
from .privacy import DataRequest, ErasedId, RetentionPeriod
from .quarantine import QuarantinedRow
from .rate import Rate
from .second_factor import AuthenticatorDevice, RecoveryDevice
from .segment import (
    Segment,
    SegmentDay,
    SegmentDraft,
    SegmentMembership,
    SegmentVersion,
)
from .source import DuplicateCount, InboundSource, SourceDay, TallyMark
from .team import GivenRights, Invitation, SecondFactorRule

__all__ = [
    "ApiKey",
    "AuditEntry",
    "AuthenticatorDevice",
    "Consent",
    "Customer",
    "CustomerGroup",
    "DataRequest",
    "Device",
    "DuplicateCount",
    "ErasedId",
    "Event",
    "GivenRights",
    "HistoryState",
    "IdempotentCall",
    "Identity",
    "ImportFile",
    "InboundSource",
    "Invitation",
    "Item",
    "Job",
    "JobChunk",
    "JobLine",
    "Merge",
    "Order",
    "OrderFile",
    "PastScore",
    "Portrait",
    "QuarantinedRow",
    "Rate",
    "RecoveryDevice",
    "RetentionPeriod",
    "SavedMapping",
    "Score",
    "SecondFactorRule",
    "Segment",
    "SegmentDay",
    "SegmentDraft",
    "SegmentMembership",
    "SegmentVersion",
    "ShopKey",
    "SourceDay",
    "TallyMark",
]
