"""What aspects are called on pages."""

from django.utils.translation import gettext_lazy as _

LABELS = {
    "quality": _("Quality"),
    "size": _("Size and fit"),
    "price": _("Price"),
    "delivery": _("Delivery"),
    "service": _("Service"),
    "returns": _("Returns and refunds"),
    "taste": _("Taste"),
    "freshness": _("Freshness"),
    "appearance": _("Looks"),
    "comfort": _("Comfort"),
    "packaging": _("Packaging"),
    "performance": _("Performance"),
    "battery": _("Battery"),
    "screen": _("Screen"),
    "sound": _("Sound"),
    "noise": _("Noise"),
    "camera": _("Camera"),
    "usability": _("Ease of use"),
    "smell": _("Smell"),
    "cleanliness": _("Cleanliness"),
    "authenticity": _("Genuine or not"),
    "description": _("As described"),
    "completeness": _("Completeness"),
    "location": _("Location"),
    "room": _("Room"),
    "food": _("Food"),
    "atmosphere": _("Atmosphere"),
    "content": _("Content"),
    "weight": _("Weight"),
    "effect": _("Effect"),
    "availability": _("Availability"),
    "ordering": _("Ordering"),
}


def label(aspect: str) -> str:
    """Return what an aspect is called; one of a shop's own is called by its name."""
    return str(LABELS.get(aspect, aspect))
