"""A marketer brings a file in by clicking: upload, columns, what will happen, import, repair."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PEOPLE = """Customer No,E-mail address,First name,Birthday,Shoe
7001,ada@post.example,Ada,1990-01-02,38
7002,not an address,Bo,1991-02-03,41
,cy@post.example,Cy,1992-03-04,42
7004,dee@post.example,Dee,1993-04-05,39
7005,also nothing,Eve,1994-05-06,37
"""


def file_of(tmp_path, name: str = "people.csv", text: str = PEOPLE) -> str:
    path = tmp_path / name
    path.write_text(text)
    return str(path)


@pytest.fixture
def worker(celery_workers, sinks):
    return celery_workers(DATA_DIR=str(sinks.parent))


def test_a_file_with_three_bad_rows_comes_in_by_clicking(
    signed_in, address, worker, complaints, sql, tmp_path
) -> None:
    page = signed_in
    page.goto(f"{address}/admin/import/")
    page.set_input_files("#file", file_of(tmp_path))
    page.click("text=Upload and look")
    page.wait_for_selector("#columns")
    page.click(".r-ways a:has-text('Customers')")
    assert page.input_value("#to_customer_id") == "Customer No"
    page.select_option("#to_email", "E-mail address")
    page.click("text=See what will happen")
    page.wait_for_selector("#foreseen")
    said = page.inner_text("#foreseen")
    assert [int(one) for one in said.split() if one.isdigit()] == [2, 0, 0, 3]
    assert "not an address" in page.inner_text("#reasons")
    assert (
        sql("SELECT count(*) FROM profiles_customer WHERE external_id LIKE '700%%'")
        == 0
    )
    page.click("text=Import 2 rows")
    page.wait_for_selector("#came")
    assert (
        sql("SELECT count(*) FROM profiles_customer WHERE external_id LIKE '700%%'")
        == 2
    )
    page.click("text=Put 3 rows right")
    page.click("text=invalid e-mail >> nth=0")
    assert (
        sql(
            "SELECT count(*) FROM profiles_quarantinedrow WHERE resolved_at IS NULL AND source = 'people.csv'"
        )
        == 3
    )
    assert complaints == []


def test_it_speaks_chinese(signed_in, address, worker, tmp_path) -> None:
    page = signed_in
    page.goto(f"{address}/admin/import/")
    page.context.add_cookies(
        [{"name": "django_language", "value": "zh-hans", "url": address}]
    )
    page.reload()
    page.set_input_files("#file", file_of(tmp_path))
    page.click("form[data-upload] button[type=submit]")
    page.wait_for_selector("#columns")
    words = page.inner_text("#columns")
    for english in ("Which column", "– nothing", "See what", "First rows"):
        assert english not in words


def test_an_unreadable_file_says_why_where_it_was_dropped(
    signed_in, address, tmp_path
) -> None:
    page = signed_in
    page.goto(f"{address}/admin/import/")
    page.set_input_files("#file", file_of(tmp_path, "twice.csv", "a,a\n1,2\n"))
    page.click("text=Upload and look")
    page.wait_for_selector("[data-wrong]:not([hidden])")
    assert "names the column" in page.inner_text("[data-wrong]")
