"""Admin pages that belong to no model."""

from django.contrib import admin
from django.urls import path

from campaigns.admin.answers import trial_page
from campaigns.admin.calendar import page as calendar
from campaigns.admin.campaign import campaign_run, launch_preview, recipe_pages
from campaigns.admin.delivery import (
    alert_pages,
    channels,
    health,
    provider_answers,
    suppressed_addresses,
)
from campaigns.admin.editor import pages as editor_pages
from campaigns.admin.editor import people as editor_people
from campaigns.admin.editor import saving as editor_saving
from campaigns.admin.inbox import views
from campaigns.admin.journey_results import urls as journey_results
from campaigns.admin.journeys import urls as journeys
from campaigns.admin.message_text import (
    brand,
    copy_box,
    editor,
    editor_preview,
    images,
    message_preview,
    templates,
)
from campaigns.admin.offers import (
    points_forms,
    points_page,
    pool_form,
    who_gets_what,
)
from campaigns.admin.reports import delivery, programme, rehearsal
from campaigns.admin.rules import brake_page, domain_page, sunset_page
from campaigns.admin.rules import pages as rules
from campaigns.admin.team import urls as team  # noqa: F401  holds pages of its own
from campaigns.lifecycle.approvers import MAY_APPROVE
from profiles.admin import privacy
from profiles.admin.overview import overview_page, sales
from profiles.admin.rights import CUSTOMERS, PERSONAL
from profiles.admin.segments.why import why
from retention_site.lib.admin import named_pages
from retention_site.lib.admin.pages import staff_page

MESSAGES = "campaigns.view_message"

named_pages.add(
    path(
        "answers/try/",
        staff_page(
            admin.site, trial_page.page, "campaigns.view_document", is_trial=True
        ),
        name="answers_try",
    )
)
named_pages.add(
    path(
        "rules/",
        staff_page(admin.site, rules.page, "campaigns.view_contactlimit"),
        name="rules",
    )
)
named_pages.add(
    path(
        "brake/",
        staff_page(admin.site, brake_page.page, "campaigns.view_contactlimit"),
        name="brake",
    )
)
named_pages.add(
    path(
        "silence/",
        staff_page(admin.site, sunset_page.page, "campaigns.view_contactlimit"),
        name="sunset",
    )
)
named_pages.add(
    path(
        "domain/",
        staff_page(admin.site, domain_page.page, "campaigns.view_providerrate"),
        name="domain",
    )
)

named_pages.add(
    path(
        "calendar/",
        staff_page(admin.site, calendar.page, "campaigns.view_campaign"),
        name="calendar",
    )
)
named_pages.add(
    path(
        "calendar/<int:campaign>/move/",
        staff_page(admin.site, calendar.move, "campaigns.change_campaign"),
        name="calendar-move",
    )
)

named_pages.add(
    path(
        "points/",
        staff_page(admin.site, points_page.page, points_page.VIEW),
        name="points",
    )
)
named_pages.add(
    path(
        "points/rule/",
        staff_page(admin.site, points_forms.rule, points_page.CHANGE),
        name="points-rule",
    )
)
named_pages.add(
    path(
        "points/tier/",
        staff_page(admin.site, points_forms.tier, points_page.CHANGE),
        name="points-tier",
    )
)

named_pages.add(*journey_results.PAGES)

urlpatterns = [
    *journeys.urlpatterns,
    path(
        "channels/",
        staff_page(admin.site, channels.channels, channels.VIEW),
        name="channels",
    ),
    path(
        "channels/<slug:channel>/",
        staff_page(admin.site, channels.channel, channels.VIEW),
        name="channel",
    ),
    path(
        "channels/<slug:channel>/<slug:verb>/",
        staff_page(admin.site, channels.act, channels.CHANGE),
        name="channel-act",
    ),
    path(
        "campaigns/version/<int:version>/words/",
        staff_page(admin.site, message_preview.words, "campaigns.view_campaign"),
        name="words",
    ),
    path(
        "campaigns/version/<int:version>/words/send/",
        staff_page(admin.site, message_preview.send, "campaigns.change_campaign"),
        name="words-send",
    ),
    path(
        "campaigns/version/<int:version>/words/problems/",
        staff_page(admin.site, message_preview.problems, "campaigns.view_campaign"),
        name="words-problems",
    ),
    path(
        "templates/",
        staff_page(admin.site, templates.templates, templates.VIEW),
        name="templates",
    ),
    path(
        "templates/<int:template>/",
        staff_page(admin.site, templates.template, templates.VIEW),
        name="template",
    ),
    path(
        "templates/<int:template>/draft/",
        staff_page(admin.site, editor.save_draft, templates.CHANGE, is_trial=True),
        name="template-draft",
    ),
    path(
        "templates/<int:template>/save/",
        staff_page(admin.site, editor.save_version, templates.CHANGE),
        name="template-save",
    ),
    path(
        "templates/<int:template>/versions/",
        staff_page(admin.site, editor.versions, templates.VIEW),
        name="template-versions",
    ),
    path(
        "templates/<int:template>/to-code/",
        staff_page(admin.site, editor.to_code, templates.CHANGE),
        name="template-to-code",
    ),
    path(
        "templates/letter/",
        staff_page(
            admin.site, editor_preview.letter_page, templates.VIEW, is_trial=True
        ),
        name="template-letter",
    ),
    path(
        "templates/panel/",
        staff_page(admin.site, editor_preview.panel, templates.VIEW, is_trial=True),
        name="template-panel",
    ),
    path(
        "templates/test/",
        staff_page(admin.site, editor_preview.test, templates.CHANGE),
        name="template-test",
    ),
    path(
        "templates/openings/",
        staff_page(admin.site, copy_box.openings, templates.CHANGE, is_trial=True),
        name="template-openings",
    ),
    path(
        "templates/people/",
        staff_page(admin.site, editor_preview.people, templates.VIEW, CUSTOMERS),
        name="template-people",
    ),
    path(
        "images/",
        staff_page(admin.site, images.library, templates.VIEW),
        name="images",
    ),
    path(
        "images/upload/",
        staff_page(admin.site, images.upload, templates.CHANGE),
        name="image-upload",
    ),
    path(
        "images/<int:image>/",
        staff_page(admin.site, images.change, templates.CHANGE),
        name="image-change",
    ),
    path(
        "brand/",
        staff_page(admin.site, brand.page, templates.VIEW),
        name="brand",
    ),
    path(
        "templates/new/<slug:channel>/",
        staff_page(admin.site, templates.new, templates.CHANGE),
        name="template-new",
    ),
    path(
        "campaigns/couponpool/<int:pool>/edit/",
        staff_page(admin.site, pool_form.edit, pool_form.CHANGE),
        name="pool-edit",
    ),
    path(
        "inbox/", staff_page(admin.site, views.inbox, MESSAGES, CUSTOMERS), name="inbox"
    ),
    path(
        "inbox/<slug:channel>/",
        staff_page(admin.site, views.inbox, MESSAGES, CUSTOMERS),
        name="inbox-channel",
    ),
    path(
        "inbox/email/<int:place>/",
        staff_page(admin.site, views.opened, MESSAGES, CUSTOMERS),
        name="inbox-letter",
    ),
    path(
        "overview/",
        staff_page(admin.site, overview_page.page, "profiles.view_customer"),
        name="overview",
    ),
    path(
        "overview/cards/",
        staff_page(admin.site, overview_page.cards, "profiles.view_customer"),
        name="overview-cards",
    ),
    path(
        "sales/", staff_page(admin.site, sales.card, "profiles.view_item"), name="sales"
    ),
    path(
        "profiles/segment/<int:segment>/why/<int:customer>/",
        staff_page(admin.site, why, "profiles.view_segment", CUSTOMERS),
        name="why",
    ),
    path(
        "campaigns/version/<int:version>/preview/",
        staff_page(admin.site, launch_preview.view, "campaigns.view_campaign"),
        name="preview",
    ),
    path(
        "profiles/customer/<int:customer>/export/",
        staff_page(
            admin.site, privacy.export_person, "profiles.export_customer", PERSONAL
        ),
        name="export-person",
    ),
    path(
        "profiles/customer/<int:customer>/erase/",
        staff_page(admin.site, privacy.erase_person, "profiles.erase_customer"),
        name="erase-person",
    ),
    path(
        "profiles/customer/<int:customer>/open-again/<slug:channel>/",
        staff_page(
            admin.site, suppressed_addresses.open_again, "campaigns.change_campaign"
        ),
        name="open-again",
    ),
    path(
        "privacy/periods/",
        staff_page(admin.site, privacy.periods, "profiles.view_retentionperiod"),
        name="privacy-periods",
    ),
    path(
        "programme/",
        staff_page(admin.site, programme.page, "campaigns.view_effectreport"),
        name="programme",
    ),
    path(
        "programme/compute/",
        staff_page(admin.site, programme.compute, "campaigns.change_campaign"),
        name="programme-compute",
    ),
    path(
        "programme/letter/",
        staff_page(admin.site, programme.subscribe, "campaigns.view_effectreport"),
        name="programme-letter",
    ),
    path(
        "campaigns/campaign/<int:campaign>/offers/",
        staff_page(admin.site, who_gets_what.page, "campaigns.view_campaign"),
        name="campaign-offers",
    ),
    path(
        "campaigns/campaign/<int:campaign>/rehearsal/",
        staff_page(admin.site, rehearsal.page, "campaigns.change_campaign", CUSTOMERS),
        name="rehearsal",
    ),
    path(
        "campaigns/campaign/<int:campaign>/run/",
        staff_page(admin.site, campaign_run.ask, "campaigns.change_campaign"),
        name="campaign-run",
    ),
    path(
        "campaigns/campaign/<int:campaign>/arm/",
        staff_page(admin.site, campaign_run.ask_to_arm, MAY_APPROVE),
        name="campaign-arm",
    ),
    path(
        "campaigns/campaign/<int:campaign>/edit/",
        staff_page(admin.site, editor_pages.editor, "campaigns.view_campaign"),
        name="campaign-editor",
    ),
    path(
        "campaigns/campaign/<int:campaign>/edit/save/",
        # a trial to the audit trail: the draft itself keeps who saved what and when
        staff_page(admin.site, editor_saving.save, editor_pages.CHANGE, is_trial=True),
        name="campaign-editor-save",
    ),
    path(
        "campaigns/campaign/<int:campaign>/edit/rail/",
        staff_page(admin.site, editor_pages.rail, editor_pages.CHANGE),
        name="campaign-editor-rail",
    ),
    path(
        "campaigns/campaign/<int:campaign>/edit/people/",
        staff_page(admin.site, editor_people.people, editor_pages.CHANGE),
        name="campaign-editor-people",
    ),
    path(
        "campaigns/campaign/<int:campaign>/edit/people/<int:customer>/",
        staff_page(admin.site, editor_people.person, editor_pages.CHANGE),
        name="campaign-editor-person",
    ),
    path(
        "campaigns/campaign/<int:campaign>/edit/people/<int:customer>/why/",
        staff_page(admin.site, editor_people.why, editor_pages.CHANGE),
        name="campaign-editor-why",
    ),
    path(
        "campaigns/campaign/<int:campaign>/edit/do/<slug:verb>/",
        staff_page(admin.site, editor_saving.act, editor_pages.CHANGE),
        name="campaign-editor-act",
    ),
    path(
        "reach/",
        staff_page(admin.site, delivery.page, "campaigns.view_effectreport"),
        name="reach",
    ),
    path(
        "health/",
        staff_page(admin.site, health.page, "profiles.view_job"),
        name="health",
    ),
    path("alerts/", staff_page(admin.site, alert_pages.page, MESSAGES), name="alerts"),
    path(
        "alerts/<slug:verb>/",
        staff_page(admin.site, alert_pages.act, MESSAGES),
        name="alerts-act",
    ),
    path(
        "recipes/",
        staff_page(admin.site, recipe_pages.page, "campaigns.view_campaign"),
        name="recipes",
    ),
    path(
        "recipes/<slug:key>/",
        staff_page(admin.site, recipe_pages.start, "campaigns.view_campaign"),
        name="recipe-start",
    ),
    path(
        "campaigns/run/<int:run>/answers/",
        staff_page(admin.site, provider_answers.card, MESSAGES, CUSTOMERS),
        name="run-answers",
    ),
]
