from .campaign import Campaign, CampaignVersion, Recipient
from .channel import ChannelSettings
from .coupon import Coupon, CouponPool
from .experiment import Holdout, LayerSlice, StoredReport
from .limits import CapSlot, ProviderRate, Suppression
from .message import Attempt, Message, Touchpoint, TrackedLink
from .run import EffectReport, Run
from .template import Template, TemplateVersion
from .trigger import Hook, InboundWebhook, Schedule, ScheduleTick

__all__ = [
    "Attempt",
    "Campaign",
    "CampaignVersion",
    "CapSlot",
    "ChannelSettings",
    "Coupon",
    "CouponPool",
    "EffectReport",
    "Holdout",
    "Hook",
    "InboundWebhook",
    "LayerSlice",
    "Message",
    "ProviderRate",
    "Recipient",
    "Run",
    "Schedule",
    "ScheduleTick",
    "StoredReport",
    "Suppression",
    "Template",
    "TemplateVersion",
    "Touchpoint",
    "TrackedLink",
]
