"""The comparison of engines (tox run -e exit) sees what differs."""

import pytest

from tests.exit.compare import Known, differences

PAGE = "<nav>{}</nav><article class='a'>\n<h1>A</h1>\n<p>The loss is <span data-fact='a'>0.1</span>.</p>\n</article>"


@pytest.fixture
def sites(tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").write_text(PAGE.format(name), "utf-8")
    return tmp_path / "one", tmp_path / "other"


def test_only_articles_count(sites):
    assert not differences(*sites, [])


@pytest.mark.parametrize("old, new", [(">0.1<", ">0.2<"), ("data-fact='a'", ""), ("</p>", "</p><p>More.</p>"), ("</article>", "")])
def test_what_differs_is_named(sites, old, new):
    page = sites[1] / "index.html"
    page.write_text(page.read_text("utf-8").replace(old, new), "utf-8")
    assert [fault.split(":")[0] for fault in differences(*sites, [])] == ["index.html"]


def test_a_missing_page_is_named(sites):
    (sites[1] / "index.html").unlink()
    assert differences(*sites, []) == ["index.html: missing"]


def test_an_empty_page_is_named(sites):
    for site in sites:
        (site / "index.html").write_text("<article></article>", "utf-8")
    assert differences(*sites, []) == ["index.html: no article"]


def test_a_known_difference_is_forgiven_while_it_lasts(sites):
    known = [Known(" mark", "a mark")]
    assert differences(*sites, known) == ["known, but gone:  mark (a mark)"]
    page = sites[1] / "index.html"
    page.write_text(page.read_text("utf-8").replace("<h1>", "<h1 mark>"), "utf-8")
    assert not differences(*sites, known)
