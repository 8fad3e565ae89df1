from .accounts.access import ApiKey, IdempotentCall, ShopKey
from .accounts.audit import AuditEntry
from .accounts.second_factor import AuthenticatorDevice, RecoveryDevice
from .accounts.team import GivenRights, Invitation, SecondFactorRule
from .backup import Backup
from .facts.consent import Consent
from .facts.event import Event
from .facts.item import Item
from .facts.order import Order, OrderFile
from .facts.rate import Rate
from .facts.review import ReviewOpinion, ReviewReading
from .history import HistoryState
from .intake.imported_file import ImportFile, SavedMapping
from .intake.quarantine import QuarantinedRow
from .intake.source import DuplicateCount, InboundSource, SourceDay, TallyMark
from .job import Job, JobChunk, JobLine
from .people.customer import Customer
from .people.identity import Device, Identity
from .people.merge import Merge
from .portrait import CustomerGroup, PastScore, Portrait, Score
from .privacy import DataRequest, ErasedId, RetentionPeriod
from .segment import (
    Segment,
    SegmentDay,
    SegmentDraft,
    SegmentDraftSave,
    SegmentMembership,
    SegmentVersion,
)

__all__ = [
    "ApiKey",
    "AuditEntry",
    "AuthenticatorDevice",
    "Backup",
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
    "ReviewOpinion",
    "ReviewReading",
    "SavedMapping",
    "Score",
    "SecondFactorRule",
    "Segment",
    "SegmentDay",
    "SegmentDraft",
    "SegmentDraftSave",
    "SegmentMembership",
    "SegmentVersion",
    "ShopKey",
    "SourceDay",
    "TallyMark",
]
