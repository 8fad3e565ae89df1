"""A bare Django view that stores one event: parse, one INSERT, answer. No key, no
cleaning, no identity, no duplicates.

Same settings, middleware, server and table as the product's.
"""

import json
import os
import uuid

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "retention_site.settings")

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

INSERT = """
    INSERT INTO profiles_event (key, customer_id, type, happened_at, item_id, price, currency, source)
    VALUES (%s, %s, %s, %s, %s, %s, %s, 'bare')
"""


@csrf_exempt
def store(request: HttpRequest) -> JsonResponse:
    """Store the event that the body holds."""
    said = json.loads(request.body)
    item = said["properties"]
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT,
            [
                uuid.uuid4(),
                1,
                said["event"],
                said["timestamp"],
                item["product_id"],
                item["price"],
                item["currency"],
            ],
        )
    return JsonResponse({"success": True})


urlpatterns = [path("v1/track", store)]
settings.ROOT_URLCONF = __name__

from retention_site.server import (  # noqa: E402
    application,  # noqa: F401
)
