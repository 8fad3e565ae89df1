"""What is set once and looked after: connections, rules, team, data, system."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from retention_site.lib.admin.places import Entry, Place, list_page, place_page

CUSTOMERS = "profiles.view_customer"
ITEMS = "profiles.view_item"
MODELS = "recommender.view_modelversion"
BADGES = "campaigns.admin.badges"

SETTINGS = Place(
    _("Settings"),
    (
        Entry(
            _("Connect"),
            "hub",
            (
                place_page(
                    _("Upload a file"),
                    "upload_file",
                    "admin:import",
                    "profiles.add_importfile",
                    CUSTOMERS,
                    sentence=_(
                        "Customers, items and orders from CSV, Excel or Parquet."
                    ),
                ),
                list_page(
                    _("Sources"),
                    "alt_route",
                    "profiles.inboundsource",
                    sentence=_("Shops and systems that post what happened."),
                ),
                list_page(
                    _("API keys"),
                    "key",
                    "profiles.apikey",
                    sentence=_("Who may call the API, and what for."),
                ),
            ),
            key="connect",
        ),
        Entry(
            _("Rules"),
            "rule_settings",
            (
                place_page(
                    _("Quiet hours and amounts"),
                    "tune",
                    "admin:rules",
                    "campaigns.view_contactlimit",
                    sentence=_("Quiet hours, holdout, margin and costs of sending."),
                ),
                list_page(
                    _("Contact limits"),
                    "front_hand",
                    "campaigns.contactlimit",
                    sentence=_("How often a customer may be written to."),
                ),
                place_page(
                    _("Brake"),
                    "emergency_home",
                    "admin:brake",
                    "campaigns.view_contactlimit",
                    sentence=_("What pauses by itself, and beyond which limits."),
                ),
                place_page(
                    _("Long silence"),
                    "bedtime",
                    "admin:sunset",
                    "campaigns.view_contactlimit",
                    sentence=_("Who no longer answers gets less, then nothing."),
                ),
                list_page(
                    _("What may be recommended"),
                    "rule",
                    "recommender.listrules",
                    sentence=_("What every list of recommendations keeps to."),
                ),
                place_page(
                    _("Never recommend?"),
                    "fact_check",
                    "goods",
                    ITEMS,
                    sentence=_("Items that look like bags, deposits or services."),
                ),
            ),
            key="rules",
        ),
        Entry(
            _("Team"),
            "badge",
            (
                place_page(
                    _("Colleagues and invitations"),
                    "group_add",
                    "admin:team",
                    "auth.view_user",
                    sentence=_("Who works here, in which role."),
                ),
                list_page(
                    _("Accounts"),
                    "badge",
                    "auth.user",
                    sentence=_("Everybody who may sign in."),
                ),
                list_page(
                    _("Roles"),
                    "groups_2",
                    "auth.group",
                    sentence=_("What each role may see and do."),
                ),
                list_page(
                    _("Audit"),
                    "history",
                    "profiles.auditentry",
                    sentence=_("Who did what, and when."),
                ),
            ),
            key="team",
        ),
        Entry(
            _("Data"),
            "database",
            (
                place_page(
                    _("Data quality"),
                    "fact_check",
                    "quality",
                    "profiles.view_quarantinedrow",
                    sentence=_("How much of what came in could be used."),
                ),
                list_page(
                    _("Quarantine"),
                    "report",
                    "profiles.quarantinedrow",
                    CUSTOMERS,
                    sentence=_("Rows that wait to be put right."),
                    also=("quarantine-together",),
                ),
                list_page(
                    _("Joined customers"),
                    "join",
                    "profiles.merge",
                    CUSTOMERS,
                    sentence=_("Accounts that are one person."),
                    also=("merge-join",),
                ),
                place_page(
                    _("Privacy"),
                    "shield_person",
                    "privacy-periods",
                    "profiles.view_retentionperiod",
                    sentence=_("How long data are kept, and what people asked for."),
                ),
                list_page(
                    _("Rates of currencies"),
                    "currency_exchange",
                    "profiles.rate",
                    sentence=_("What other currencies are worth."),
                ),
            ),
            key="data",
        ),
        Entry(
            pgettext_lazy("menu", "System"),  # beside the theme that is the system's
            "manufacturing",
            (
                place_page(
                    _("Channels"),
                    "hub",
                    "channels",
                    "campaigns.view_channelsettings",
                    sentence=_("Which provider sends mail, SMS and push."),
                ),
                place_page(
                    _("Sender domain"),
                    "domain",
                    "admin:domain",
                    "campaigns.view_providerrate",
                    sentence=_("Which records to set, who takes your mail, warm-up."),
                ),
                list_page(
                    _("Provider rates"),
                    "speed",
                    "campaigns.providerrate",
                    sentence=_("How fast each provider takes messages."),
                ),
                list_page(
                    _("Test recipients"),
                    "science",
                    "campaigns.seedaddress",
                    sentence=_("Who else may get test messages."),
                ),
                list_page(
                    _("Jobs"),
                    "manufacturing",
                    "profiles.job",
                    sentence=_("Work that goes on by itself."),
                ),
                place_page(
                    _("Alerts"),
                    "notifications",
                    "alerts",
                    "campaigns.view_message",
                    badge=f"{BADGES}.open_alerts",
                    sentence=_("What is wrong now, and what was."),
                ),
                place_page(
                    _("Health"),
                    "vital_signs",
                    "health",
                    "profiles.view_job",
                    sentence=_("Processes, queues and the database."),
                ),
                list_page(
                    _("Backups"),
                    "backup",
                    "profiles.backup",
                    sentence=_("The whole shop in one file, and how old it is."),
                ),
                list_page(
                    _("Models"),
                    "model_training",
                    "recommender.modelversion",
                    sentence=_("What has been learnt, and how good it is."),
                ),
                place_page(
                    _("Learning"),
                    "school",
                    "learning",
                    MODELS,
                    sentence=_("What is learnt again, and when."),
                ),
                place_page(
                    _("Try a query"),
                    "search",
                    "find",
                    ITEMS,
                    sentence=_("What a customer would find by some words."),
                ),
            ),
            key="system",
        ),
    ),
)
