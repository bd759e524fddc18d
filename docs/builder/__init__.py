"""Turns a page, its snippet and its experiment into HTML, in three languages.

    project.py     the folders and the languages
    page.py        a page as it is written: words and places for results
    results.py     runs snippets and experiments, once, and keeps what they gave
    experiment.py  what a file under docs/experiments can use
    labs.py        programs in cells, run once for all languages
    figure.py      the look of a figure; from Matplotlib's SVG to the page's
    formula/       formulas, set once by MathJax
    numbers.py     numbers as each language writes them
    reference.py   glossary, sources, and what the snippets offer
    play.py        figures that the reader can drag
    runtime/       Python for the reader's browser: Pyodide, checked and made fast
    csp.py         the content security policy of the pages
    search.py      what is searched, and where it may be cut into terms
    plain.py       a page to take along: as Markdown, as a notebook
    downloads.py   the snippets as a package, the site as an archive
    extension.py   all of it as a Python-Markdown extension
    live.py        what an edit builds anew while the site is served
    hooks.py       the few things that need MkDocs itself
"""


def makeExtension(**options):  # noqa: N802  (Python-Markdown looks it up by this name)
    from .extension import UnstuckExtension

    return UnstuckExtension(**options)
