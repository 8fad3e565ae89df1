from .alert import Alert, Resending, SignOfLife
from .answer import Answer
from .brake import Brake, SentCount
from .brand import Brand, Image
from .campaign import Campaign, CampaignVersion, Recipient
from .channel import ChannelSettings
from .copy_line import CopyLine
from .coupon import Coupon, CouponEntry, CouponPool
from .draft import Draft, DraftSave, TemplateDraft, TemplateDraftSave
from .experiment import Holdout, LayerSlice, StoredReport
from .journey import (
    JourneyEnrolment,
    JourneyPublication,
    JourneyStep,
    JourneyToken,
    JourneyWait,
)
from .limits import (
    CapSlot,
    ContactLimit,
    ContactPace,
    ProviderRate,
    SendingPause,
    ShopRule,
    Suppression,
)
from .message import Attempt, Message, Touchpoint, TrackedLink
from .occasion import ItemSeen, Occasion, Trigger
from .points import (
    PointsLot,
    PointsMovement,
    PointsPosting,
    PointsProgramme,
    PointsSweep,
)
from .run import EffectReport, Run
from .service.conversation import Conversation, Turn
from .service.document import Document, DocumentVersion
from .stage import Stage
from .sunset import SunsetCase
from .template import Template, TemplateVersion
from .trial import SeedAddress, TrialSend
from .trigger import Hook, InboundWebhook, Schedule, ScheduleTick

__all__ = [
    "Alert",
    "Answer",
    "Attempt",
    "Brake",
    "Brand",
    "Campaign",
    "CampaignVersion",
    "CapSlot",
    "ChannelSettings",
    "ContactLimit",
    "ContactPace",
    "Conversation",
    "CopyLine",
    "Coupon",
    "CouponEntry",
    "CouponPool",
    "Document",
    "DocumentVersion",
    "Draft",
    "DraftSave",
    "EffectReport",
    "Holdout",
    "Hook",
    "Image",
    "InboundWebhook",
    "ItemSeen",
    "JourneyEnrolment",
    "JourneyPublication",
    "JourneyStep",
    "JourneyToken",
    "JourneyWait",
    "LayerSlice",
    "Message",
    "Occasion",
    "PointsLot",
    "PointsMovement",
    "PointsPosting",
    "PointsProgramme",
    "PointsSweep",
    "ProviderRate",
    "Recipient",
    "Resending",
    "Run",
    "Schedule",
    "ScheduleTick",
    "SeedAddress",
    "SendingPause",
    "SentCount",
    "ShopRule",
    "SignOfLife",
    "Stage",
    "StoredReport",
    "SunsetCase",
    "Suppression",
    "Template",
    "TemplateDraft",
    "TemplateDraftSave",
    "TemplateVersion",
    "Touchpoint",
    "TrackedLink",
    "TrialSend",
    "Trigger",
    "Turn",
]
