"""Several hosts of one shop: a folder each, one database, one store between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.test import override_settings

BUCKET = "shop"
Host = Callable[[str], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of a bucket on a real S3 server of our own."""
    from moto.server import ThreadedMotoServer
    from pyarrow.fs import S3FileSystem

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = f"127.0.0.1:{server.get_host_and_port()[1]}"
    S3FileSystem(
        access_key="key",
        secret_key="secret",
        endpoint_override=address,
        scheme="http",
        region="us-east-1",
        allow_bucket_creation=True,
    ).create_dir(BUCKET)
    yield (
        f"s3://key:secret@{BUCKET}/rapport?region=us-east-1&endpoint=http://{address}"
    )
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def store_url(request, tmp_path: Path) -> str:
    if request.param == "s3":
        return str(request.getfixturevalue("s3")).replace(
            "/rapport?", f"/{tmp_path.name}?"
        )
    return str(tmp_path / "store")


@pytest.fixture
def host(tmp_path: Path, store_url: str) -> Host:
    """Be one host of the shop for a while: `with host("a"):`."""
    return lambda name: on_host(tmp_path / name, store_url)


def on_host(home: Path, store_url: str = "") -> AbstractContextManager[None]:
    home.mkdir(exist_ok=True)
    return override_settings(
        DATA_DIR=home,
        HISTORY_DIR=home / "history",
        MODEL_DIR=home / "models",
        STORE_URL=store_url,
    )
