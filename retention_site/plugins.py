"""What is plugged in: group → key → dotted path. One line here, one new file there."""

PLUGINS: dict[str, dict[str, str]] = {
    "jobs": {
        "import": "profiles.intake.import_job:ImportJob",
        "import_preview": "profiles.intake.import_job:ImportPreviewJob",
        "replay": "profiles.intake.quarantine.replay_job:ReplayJob",
        "history": "profiles.history.job:HistoryJob",
        "segments": "profiles.segments.job:SegmentsJob",
        "portraits": "profiles.portraits.jobs:PortraitsJob",
        "groups": "profiles.portraits.jobs:GroupsJob",
        "vectors": "recommender.vectors.job:VectorsJob",
        "recommender": "recommender.training:RecommenderJob",
        "lists": "recommender.lists.job:ListsJob",
        "launch": "campaigns.planning.jobs:LaunchJob",
        "scores": "recommender.propensity.job:ScoresJob",
        "drift": "recommender.drift:DriftJob",
        "evaluate": "campaigns.proof.reports.report_jobs:EvaluateJob",
        "programme": "campaigns.proof.reports.report_jobs:ProgrammeJob",
        "sunset": "campaigns.proof.reports.report_jobs:SunsetJob",
        "weekly": "campaigns.proof.reports.report_jobs:WeeklyJob",
        "rehearse": "campaigns.rehearsal.job:RehearseJob",
        "erase": "profiles.privacy.job:EraseJob",
        "erase_again": "profiles.privacy.job:EraseAgainJob",
        "retention": "profiles.privacy.job:RetentionJob",
    },
    "imports": {
        "customers": "profiles.intake.kinds.customers:Customers",
        "items": "profiles.intake.kinds.items:Items",
        "events": "profiles.intake.kinds.events:Events",
        "consents": "profiles.intake.kinds.consents:Consents",
        "rates": "profiles.intake.kinds.rates:Rates",
        "campaigns": "campaigns.lifecycle.campaign_imports:Campaigns",
        "recipients": "campaigns.lifecycle.campaign_imports:Recipients",
    },
    # kinds that come as a folder: a function of its path and of progress
    "folder_imports": {
        "documents": "campaigns.answers.document_versions:import_folder",
    },
    "message_checks": {
        "links": "campaigns.rendering.message_checks.letter:links",
        "pictures": "campaigns.rendering.message_checks.letter:pictures",
        "size": "campaigns.rendering.message_checks.letter:size",
        "way_out": "campaigns.rendering.message_checks.letter:way_out",
        "subject": "campaigns.rendering.message_checks.wording:subject",
        "spam": "campaigns.rendering.message_checks.wording:spam",
        "defaults": "campaigns.rendering.message_checks.wording:defaults",
        "typed_facts": "campaigns.copy.typed_facts:typed_facts",
    },
    "value_policies": {
        "fixed": "campaigns.offers.policies.fixed:Fixed",
        "by_price_sensitivity": (
            "campaigns.offers.policies.by_price_sensitivity:ByPriceSensitivity"
        ),
    },
    "predicates": {
        "trait": "profiles.segments.predicates.trait:Trait",
        "attribute": "profiles.segments.predicates.trait:Trait",
        "event_count": "profiles.segments.predicates.event_count:EventCount",
        "event_sum": "profiles.segments.predicates.event_sum:EventSum",
        "last_event": "profiles.segments.predicates.last_event:LastEvent",
        "first_event": "profiles.segments.predicates.last_event:FirstEvent",
        "score": "profiles.segments.predicates.score:Score",
        "consent": "profiles.segments.predicates.consent:Consent",
        "compared": "profiles.segments.predicates.compared:Compared",
        "sequence": "profiles.segments.predicates.sequence:Sequence",
        "anniversary": "profiles.segments.predicates.anniversary:Anniversary",
        "message": "profiles.segments.predicates.message:Message",
        "in_segment": "profiles.segments.predicates.in_segment:InSegment",
    },
    # what the shop's data hold, for the fields of predicates
    "segment_choices": {
        "event_type": "profiles.segments.builder.choices:event_types",
        "category": "profiles.segments.builder.choices:categories",
        "brand": "profiles.segments.builder.choices:brands",
        "item": "profiles.segments.builder.choices:items",
        "campaign": "profiles.segments.builder.choices:campaigns",
        "coupon_code": "profiles.segments.builder.choices:coupon_codes",
        "trait": "profiles.segments.builder.choices:traits",
        "trait_value": "profiles.segments.builder.choices:trait_values",
        "score": "profiles.segments.builder.choices:scores",
        "channel": "profiles.segments.builder.choices:channels",
        "topic": "profiles.segments.builder.choices:topics",
        "segment": "profiles.segments.builder.choices:segments",
    },
    # numbers beside a segment's size: a function of customers and a moment
    "segment_figures": {
        "reach": "campaigns.planning.audiences.reach:figures",
    },
    # what stops working without a segment: a function of its name
    "segment_uses": {
        "campaigns": "campaigns.admin.panels.uses:uses",
        "segments": "profiles.segments.uses:uses",
    },
    "traits": {
        "recency_days": "profiles.portraits.traits.purchases.recency:Recency",
        "n_orders": "profiles.portraits.traits.purchases.frequency:Frequency",
        "spend": "profiles.portraits.traits.purchases.money:Money",
        "basket": "profiles.portraits.traits.purchases.basket:Basket",
        "rfm": "profiles.portraits.traits.purchases.tiers:Tiers",
        "lifecycle": "profiles.portraits.traits.purchases.lifecycle:Lifecycle",
        "interval_days": "profiles.portraits.traits.purchases.interval:Interval",
        "due_in_days": "profiles.portraits.traits.purchases.due:Due",
        "due_on": "profiles.portraits.traits.purchases.due_on:DueOn",
        "favourite_category": (
            "profiles.portraits.traits.taste.favourite_category:FavouriteCategory"
        ),
        "favourite_category_share": (
            "profiles.portraits.traits.taste.favourite_share:FavouriteShare"
        ),
        "favourite_brand": "profiles.portraits.traits.taste.favourite_brand:FavouriteBrand",
        "price_sensitivity": (
            "profiles.portraits.traits.taste.price_sensitivity:PriceSensitivity"
        ),
        "active_slot": "profiles.portraits.traits.active_slot:ActiveSlot",
        "best_channel": "profiles.portraits.traits.answers.best_channel:BestChannel",
        "email_response": "profiles.portraits.traits.answers.channel_response:EmailResponse",
        "sms_response": "profiles.portraits.traits.answers.channel_response:SmsResponse",
        "push_response": "profiles.portraits.traits.answers.channel_response:PushResponse",
        "fatigue": "profiles.portraits.traits.answers.fatigue:Fatigue",
        "speaks": "profiles.portraits.traits.speaks:Speaks",
    },
    # traits that are not drawn from the history: whoever computes them hands them in by
    # `portraits.store.write_traits`
    "given_traits": {
        "group": "profiles.portraits.groups:GroupTrait",
        "interests": "profiles.portraits.traits.taste.interests:Interests",
    },
    "encoders": {
        "lexical": "recommender.encoders.lexical:Lexical",
    },
    "engines": {
        "popularity": "recommender.engines.popularity:Popularity",
        "personal": "recommender.engines.personal:Personal",
        "item_knn": "recommender.engines.item_knn:ItemKNN",
        "ease": "recommender.engines.ease:Ease",
        "look_alike": "recommender.engines.look_alike:LookAlike",
        "content": "recommender.engines.content:Content",
    },
    "channels": {
        "email": "campaigns.delivery.channels.email:Email",
        "sms": "campaigns.delivery.channels.sms:Sms",
        "push": "campaigns.delivery.channels.push:Push",
        "web_push": "campaigns.delivery.channels.web_push:WebPush",
        "webhook": "campaigns.delivery.channels.webhook:Webhook",
    },
    # who carries a channel, as channel/provider; the first is the one of the
    # environment
    "providers": {
        "email/smtp": "campaigns.delivery.channels.providers.smtp:Smtp",
        "email/anymail": "campaigns.delivery.channels.providers.anymail:Anymail",
        "email/ses": "campaigns.delivery.channels.providers.ses:AmazonSes",
        "sms/gateway": "campaigns.delivery.channels.providers.gateway:Gateway",
        "sms/twilio": "campaigns.delivery.channels.providers.twilio:Twilio",
        "push/fcm": "campaigns.delivery.channels.providers.fcm:Fcm",
        "web_push/vapid": "campaigns.delivery.channels.providers.vapid:WebPushService",
        "webhook/standard": (
            "campaigns.delivery.channels.providers.standard_webhooks:StandardWebhooks"
        ),
    },
    "metrics": {
        "conversion": "campaigns.outcomes.metrics.conversion:Conversion",
        "revenue": "campaigns.outcomes.metrics.revenue:Revenue",
        "orders": "campaigns.outcomes.metrics.orders:Orders",
        "average_order": "campaigns.outcomes.metrics.average_order:AverageOrder",
        "repeat_purchase": "campaigns.outcomes.metrics.repeat_purchase:RepeatPurchase",
        "margin": "campaigns.outcomes.metrics.margin:Margin",
        "retention_7": "campaigns.outcomes.metrics.retention:Retention7",
        "retention_30": "campaigns.outcomes.metrics.retention:Retention30",
        "retention_90": "campaigns.outcomes.metrics.retention:Retention90",
        "events": "campaigns.outcomes.metrics.events_of:EventsOf",
        "unsubscribes": "campaigns.outcomes.metrics.unsubscribes:Unsubscribes",
        "complaints": "campaigns.outcomes.metrics.complaints:Complaints",
    },
    # systems that post what happened, each in its own words
    "sources": {
        "shopify": "profiles.intake.sources.shopify:Shopify",
        "woocommerce": "profiles.intake.sources.woocommerce:WooCommerce",
        "mapped": "profiles.intake.sources.mapped:Mapped",
    },
    # calls of the API
    "api": {
        "tracking": "profiles.api.tracking:router",
        "items": "profiles.api.items:router",
        "customers": "profiles.api.customers:router",
        "consents": "profiles.api.consents:router",
        "sources": "profiles.api.sources:router",
        "coupons": "campaigns.api.coupons:router",
        "points": "campaigns.api.points:router",
        "messages": "campaigns.api.messages:router",
        "answers": "campaigns.api.answers:router",
        "recommendations": "recommender.api.recommendations:router",
    },
    # cards of admin pages, in the order in which they stand
    "customer_panels": {
        "portrait": "profiles.admin.panels.portrait:panel",
        "recommendations": "recommender.admin.panels.recommendations:panel",
        "scores": "profiles.admin.panels.scores:panel",
        "messages": "campaigns.admin.panels.messages:panel",
        "pressure": "campaigns.admin.panels.pressure:panel",
        "segments": "profiles.admin.panels.memberships:panel",
        "orders": "profiles.admin.panels.orders:panel",
        "timeline": "profiles.admin.panels.timeline:panel",
        "identity": "profiles.admin.panels.identity:panel",
        "consents": "profiles.admin.panels.consents:panel",
        "coupons": "campaigns.admin.panels.coupons:panel",
        "points": "campaigns.admin.panels.points:panel",
        "privacy": "profiles.admin.panels.privacy:panel",
    },
    "item_panels": {
        "similar": "recommender.admin.panels.similar:panel",
    },
    "segment_panels": {
        "uses": "campaigns.admin.panels.uses:panel",
        "moves": "profiles.admin.panels.moves:panel",
    },
    # where something is held about people, in the order in which erasure goes through
    # it; history follows its sources
    "personal_data": {
        "customers": "profiles.privacy.stores.customers:Customers",
        "messages": "campaigns.privacy.messages:Messages",
        "webhooks": "campaigns.privacy.webhooks:Webhooks",
        "coupons": "campaigns.privacy.coupons:Coupons",
        "points": "campaigns.privacy.points:Points",
        "sinks": "campaigns.privacy.sinks:Sinks",
        "reports": "campaigns.privacy.reports:Reports",
        "quarantine": "profiles.privacy.stores.quarantine:Quarantine",
        "uploads": "profiles.privacy.stores.quarantine:Uploads",
        "calls": "profiles.privacy.stores.traces:Calls",
        "jobs": "profiles.privacy.stores.traces:Jobs",
        "admin_log": "profiles.privacy.stores.traces:AdminLog",
        "logs": "profiles.privacy.stores.traces:Logs",
        "models": "recommender.privacy.models:Models",
        "vectors": "recommender.privacy.vectors:Vectors",
        "rows": "profiles.privacy.stores.rows:Rows",
        "events": "profiles.privacy.stores.events:Events",
        "history": "profiles.privacy.stores.events:History",
    },
    # what is kept for a time only
    "retention": {
        "events": "profiles.privacy.periods:Events",
        "past_scores": "profiles.privacy.periods:PastScores",
        "slates": "recommender.privacy.periods:Slates",
        "message_words": "campaigns.privacy.periods:Words",
        "evidence": "campaigns.privacy.periods:Evidence",
        "provider_answers": "campaigns.privacy.periods:Answers",
        "attempts": "campaigns.privacy.periods:Attempts",
        "webhooks": "campaigns.privacy.periods:Webhooks",
        "inbox": "campaigns.privacy.periods:Inbox",
        "quarantine": "profiles.privacy.periods:Quarantine",
        "uploads": "profiles.privacy.periods:Uploads",
        "job_logs": "profiles.privacy.periods:JobLogs",
        "logs": "profiles.privacy.periods:Logs",
        "sessions": "profiles.privacy.periods:Sessions",
        "sign_ins": "profiles.privacy.periods:SignIns",
        "spilled": "profiles.privacy.periods:Spilled",
    },
}
