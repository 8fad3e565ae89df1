"""Uploading files in the admin: who may, what is refused, what is shown before and after."""

import gzip
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from profiles import jobs
from profiles.models import (
    AuditEntry,
    Customer,
    ImportFile,
    Job,
    QuarantinedRow,
    SavedMapping,
)
from profiles.privacy import retention
from retention_site.lib.clock import real_now
from tests.factories import make_colleague

pytestmark = pytest.mark.django_db

PEOPLE = "Nr,Mail,Hat\n1,a@post.example,red\n2,nonsense,blue\n3,c@post.example,\n"
FORM = {
    "as": "",
    "to_customer_id": "Nr",
    "to_email": "Mail",
    "keep": ["Hat"],
    "time_zone": "Europe/Berlin",
    "source": "till",
}


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path


def put(client, content: bytes | str, name: str = "people.csv", **more):
    content = content.encode() if isinstance(content, str) else content
    given = SimpleUploadedFile(name, content)
    return client.post(reverse("admin:import"), {"file": given}, **more)


def done(file: ImportFile) -> Job:
    """Work as a worker would until the file's newest job has ended."""
    file.refresh_from_db()
    job = file.job or file.preview_job
    jobs.work("test", only=job)
    job.refresh_from_db()
    return job


def uploaded(client, content: bytes | str = PEOPLE, name: str = "people.csv"):
    answer = put(client, content, name)
    assert answer.status_code == 302, answer
    file = ImportFile.objects.order_by("-pk").first()
    return file, reverse("admin:import-file", args=[file.key])


def test_a_file_is_mapped_looked_through_and_taken_in(signed_in) -> None:
    file, page = uploaded(signed_in)
    assert "customer_id" in signed_in.get(page).content.decode()
    way = "way0" if file.kind else signed_in.get(f"{page}?as=way0").context["way"]
    assert way
    customers = next(
        one["key"]
        for one in signed_in.get(page).context["ways"]
        if one["mapping"].kind == "customers"
    )
    signed_in.post(page, FORM | {"verb": "check", "as": customers})
    assert done(file).state == Job.State.DONE
    shown = signed_in.get(page)
    result = shown.context["result"]
    assert (result["new"], result["updated"], result["refused"]) == (2, 0, 1)
    assert "nonsense" in shown.content.decode()
    assert not Customer.objects.exists()
    signed_in.post(page, {"verb": "import"})
    signed_in.post(page, {"verb": "import"})  # pressed twice
    assert done(file).state == Job.State.DONE
    assert Job.objects.filter(kind="import").count() == 1
    shown = signed_in.get(page)
    assert shown.context["result"]["stored"] == 2
    assert shown.context["n_waiting"] == 1
    assert Customer.objects.get(external_id="1").traits == {"Hat": "red"}
    assert QuarantinedRow.objects.get().source == "till"
    assert signed_in.get(shown.context["quarantine"]).status_code == 200
    assert AuditEntry.objects.filter(verb="import-file").exists()


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "empty.csv", "empty"),
        (b"\n\n", "blank.csv", "is empty"),
        (bytes(range(256)) * 20, "noise.csv", "neither CSV"),
        ("a,b\n1,2\n".encode("utf-16"), "wide.csv", "UTF-16"),
        (b"Mail,Mail\n1,2\n", "twice.csv", "names the column"),
        (b"PK\x03\x04 nothing", "people.xlsx", "damaged"),
        (b"\x1f\x8b\x08 nothing", "people.csv.gz", "gzip"),
        (b"PAR1 nothing", "people.parquet", "not a Parquet"),
        ("Nr,Näme\n1,2\n".encode("latin-1"), "west.csv", "not UTF-8"),
    ],
)
def test_garbage_is_refused_in_a_sentence_and_leaves_nothing(
    signed_in, folder, content, name, words
) -> None:
    answer = put(signed_in, content, name, headers={"X-Upload": "1"})
    assert answer.status_code == 422
    assert words in answer.json()["error"]
    assert not ImportFile.objects.exists()
    assert not list((folder / "uploads").glob("*"))
    told = put(signed_in, content, name, follow=True)
    assert words in told.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_file_that_breaks_further_down_says_so_when_it_is_looked_through(
    signed_in, folder
) -> None:
    packed = gzip.compress(
        b"customer_id\n" + b"".join(b"%d\n" % n for n in range(200_000))
    )
    file, page = uploaded(signed_in, packed[:-2000], "people.csv.gz")
    signed_in.post(
        page, FORM | {"verb": "check", "as": "way0", "to_customer_id": "customer_id"}
    )
    assert done(file).state == Job.State.FAILED  # at once: it would read the same again
    assert "not a whole gzip file" in signed_in.get(page).content.decode()


def test_one_column_will_do_and_odd_names_harm_nothing(signed_in) -> None:
    _file, page = uploaded(
        signed_in, "Mail\na@post.example\n", "../../<b>wide</b>\x00 名单.csv"
    )
    assert ImportFile.objects.get().name == "b> 名单.csv"
    shown = signed_in.get(page).content.decode()
    assert "<b> 名单" not in shown


def test_needed_columns_are_asked_for(signed_in) -> None:
    file, page = uploaded(signed_in, "Hat\nred\n")
    answer = signed_in.post(
        page,
        {"verb": "check", "as": "way0", "time_zone": "UTC", "source": ""},
        follow=True,
    )
    assert "Say where these stand" in answer.content.decode()
    file.refresh_from_db()
    assert file.preview_job is None


def test_columns_that_changed_since_are_looked_through_again(signed_in) -> None:
    file, page = uploaded(signed_in)
    signed_in.post(page, FORM | {"verb": "check", "as": "way0"})
    done(file)
    ImportFile.objects.update(
        mapping={"kind": "customers", "columns": {"customer_id": "Hat"}}
    )
    answer = signed_in.post(page, {"verb": "import"}, follow=True)
    assert "look through the file again" in answer.content.decode()
    assert not Job.objects.filter(kind="import").exists()


def test_columns_are_saved_by_name_and_offered_for_the_next_file(signed_in) -> None:
    _file, page = uploaded(signed_in)
    signed_in.post(page, FORM | {"verb": "save", "as": "way0", "mapping_name": "till"})
    assert SavedMapping.objects.get().mapping["columns"]["email"] == "Mail"
    _file, page = uploaded(signed_in, PEOPLE, "next.csv")
    ways = signed_in.get(page).context["ways"]
    assert "till" in {one["label"] for one in ways}


def test_who_has_no_right_sees_no_upload(client) -> None:
    person = make_colleague()
    codes = ("view_customer", "view_importfile", "add_customer")
    person.user_permissions.set(Permission.objects.filter(codename__in=codes))
    client.force_login(person)
    assert client.get(reverse("admin:import")).status_code == 403
    assert put(client, PEOPLE).status_code == 403


def test_addresses_are_masked_for_who_may_not_read_them(client) -> None:
    person = make_colleague()
    codes = ("view_customer", "add_importfile")
    person.user_permissions.set(Permission.objects.filter(codename__in=codes))
    client.force_login(person)
    file, page = uploaded(client)
    assert "a@post.example" not in client.get(page).content.decode()
    client.post(page, FORM | {"verb": "check", "as": "way0"})
    done(file)
    shown = client.get(page).content.decode()
    assert "c@post.example" not in shown
    assert "nonsense" not in shown


def test_a_job_can_be_cancelled_and_gone_on_with(signed_in) -> None:
    file, page = uploaded(signed_in)
    signed_in.post(page, FORM | {"verb": "check", "as": "way0"})
    done(file)
    signed_in.post(page, {"verb": "import"})
    signed_in.post(page, {"verb": "cancel"})
    assert "was cancelled" in signed_in.get(page).content.decode()
    signed_in.post(page, {"verb": "import"})
    assert done(file).state == Job.State.DONE
    assert Customer.objects.count() == 2


def test_a_file_is_removed_by_hand_and_by_age(signed_in, folder) -> None:
    file, page = uploaded(signed_in)
    signed_in.post(page, {"verb": "forget"})
    assert not file.path.exists()
    file, page = uploaded(signed_in)
    ImportFile.objects.update(uploaded_at=real_now() - timedelta(days=8))
    assert retention.drop("uploads") == 1
    assert not file.path.exists()
    assert "no longer kept" in signed_in.get(page).content.decode()
