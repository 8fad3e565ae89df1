"""The API: one OpenAPI document, made of the routers that the apps plug in (group
"api").
"""

from django.conf import settings

from profiles.api import problems
from profiles.api.document import DocumentedAPI
from profiles.api.idempotency import once
from profiles.api.requests import StrictParser
from retention_site.lib import registry

DESCRIPTION = """
Facts in, expectations and decisions out. Errors are problem details (RFC 9457). A POST may carry an `Idempotency-Key`:
sent again, it is answered again and not done again. The Segment calls take what Segment's own client libraries send.
"""


def make_api() -> DocumentedAPI:
    """Build the API from its plug-ins."""
    api = DocumentedAPI(
        title="Rapport",
        version="1",
        description=DESCRIPTION,
        urls_namespace="api",
        parser=StrictParser(),
        servers=[{"url": settings.BASE_URL}],
    )
    problems.install(api)
    for router in registry.everything("api").values():
        api.add_router("", router)
    api.add_decorator(once, mode="view")
    return api
