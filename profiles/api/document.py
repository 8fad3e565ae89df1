"""The OpenAPI document: what holds of every call is said here once."""

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from profiles.api.idempotency import HEADER, MOST_CHARACTERS
from profiles.api.problems import MEDIA_TYPE, Problem

REFUSALS = {
    400: "The body or a value can't be read.",
    401: "The key is missing or not valid.",
    403: "The key may not do this.",
    404: "There is nothing here.",
    413: "The body is too large.",
    422: "Values can't be taken; `failed` says which and why.",
    503: "The database is away; try again.",
}
REFERENCE = "#/components/schemas/{model}"
IDEMPOTENCY_KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": MOST_CHARACTERS,
        "pattern": r"^[\x21-\x7e]+$",
    },
    "description": "Sent again with it, a call is answered again and not done again.",
}


class DocumentedAPI(NinjaAPI):
    """An API whose every operation may answer with a problem, and whose every POST
    takes an Idempotency-Key.
    """

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        document = super().get_openapi_schema(**options)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        problem = Problem.model_json_schema(ref_template=REFERENCE)
        schemas.update(problem.pop("$defs", {}))
        schemas["Problem"] = problem
        for operations in document["paths"].values():
            for method, operation in operations.items():
                operation["responses"].update(
                    {str(status): _refusal(words) for status, words in REFUSALS.items()}
                )
                if method == "post":
                    operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
        return document


def _refusal(words: str) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": REFERENCE.format(model="Problem")}}}
    return {"description": words, "content": content}
