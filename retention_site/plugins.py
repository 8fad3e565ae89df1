"""What is plugged in: group → key → dotted path. One line here, one new file there."""

PLUGINS: dict[str, dict[str, str]] = {
    "jobs": {
        "import": "profiles.intake.import_job:ImportJob",
        "launch": "campaigns.planning.jobs:LaunchJob",
        "evaluate": "campaigns.proof.jobs:EvaluateJob",
    },
    "imports": {
        "customers": "profiles.intake.kinds.customers:Customers",
        "items": "profiles.intake.kinds.items:Items",
        "events": "profiles.intake.kinds.events:Events",
        "consents": "profiles.intake.kinds.consents:Consents",
        "campaigns": "campaigns.planning.imports:Campaigns",
        "recipients": "campaigns.planning.imports:Recipients",
    },
    "value_policies": {
        "fixed": "campaigns.offers.policies.fixed:Fixed",
        "by_price_sensitivity": "campaigns.offers.policies.by_price_sensitivity:ByPriceSensitivity",
    },
    "predicates": {},
    "traits": {},
    "encoders": {},
    "engines": {},
    "scorers": {},
    "channels": {
        "email": "campaigns.delivery.channels.email:Email",
        "sms": "campaigns.delivery.channels.sms:Sms",
        "push": "campaigns.delivery.channels.push:Push",
        "webhook": "campaigns.delivery.channels.webhook:Webhook",
    },
    "metrics": {
        "conversion": "campaigns.proof.metrics.conversion:Conversion",
        "revenue": "campaigns.proof.metrics.revenue:Revenue",
        "orders": "campaigns.proof.metrics.orders:Orders",
        "average_order": "campaigns.proof.metrics.average_order:AverageOrder",
        "repeat_purchase": "campaigns.proof.metrics.repeat_purchase:RepeatPurchase",
        "unsubscribes": "campaigns.proof.metrics.unsubscribes:Unsubscribes",
    },
    # cards of admin pages, in the order in which they stand
    "customer_panels": {
        "portrait": "profiles.admin.panels.portrait:panel",
        "recommendations": "recommender.admin.panels.recommendations:panel",
        "scores": "profiles.admin.panels.scores:panel",
        "messages": "campaigns.admin.panels.messages:panel",
        "timeline": "profiles.admin.panels.timeline:panel",
        "identity": "profiles.admin.panels.identity:panel",
        "consents": "profiles.admin.panels.consents:panel",
        "segments": "profiles.admin.panels.memberships:panel",
        "coupons": "campaigns.admin.panels.coupons:panel",
    },
    "item_panels": {},
    "segment_panels": {},
}
