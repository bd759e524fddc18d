"""What needs MkDocs itself: three languages in one build, each linked to the others.

The root mkdocs.yml is the English site. When it is built or served, this hook
builds its siblings docs/zh.yml and docs/de.yml into zh/ and de/. Each is a
whole MkDocs project with a search index and a 404 page of its own.
"""

import logging
import multiprocessing
import sys
from functools import partial
from pathlib import Path
from urllib.parse import urljoin

from jinja2 import FileSystemBytecodeCache
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.structure.files import File

from docs.builder import csp, downloads, fonts, formula, labs, live, plain, results, runtime, search
from docs.builder import page as pages
from docs.builder.extension import coloured
from docs.builder.project import CACHE, DOCS, EXPERIMENTS, LANGUAGES, ORIGINAL, SNIPPETS, PageError
from docs.builder.project import words as words_of

log = logging.getLogger("mkdocs.unstuck")
serving = False
siblings: list[multiprocessing.Process] = []  # languages that are built at the same time as the English pages
TOGETHER = sys.platform == "linux"  # where a process can go on as two


logging.getLogger("jieba").setLevel(logging.WARNING)


def on_startup(command, dirty):
    global serving
    serving = command == "serve"


@event_priority(100)  # before the search plugin, which reads its options in the same event
def on_config(config):
    language = config.theme["language"]
    if live.site is None or language == ORIGINAL:
        live.look_again()
        live.site = live.Site(*live.seen() if serving else ())
    config.extra["words"] = words_of(language)
    config.site_name = config.extra["words"]["site_name"]
    config.site_description = config.extra["words"]["claim"]
    config.copyright = config.extra["words"]["license"]
    for choice in config.theme["palette"]:
        choice["toggle"]["name"] = config.extra["words"].get(choice["toggle"]["name"], choice["toggle"]["name"])
    if language == ORIGINAL:
        _guard(_prepare)
    config.extra["runtime"] = _runtime_addresses(config.theme["language"])
    config.plugins["material/search"].config.separator = search.separator(language)
    search.use_segmenter(language)
    return config


def _prepare() -> None:
    """All that is slow and the same for three languages, on all cores; what is wrong with it is said by the page that needs it."""
    written = [page for language in LANGUAGES for page in pages.all_pages(language)]
    programs = [path.read_text("utf-8") for folder in (SNIPPETS, EXPERIMENTS) for path in sorted(folder.glob("[!_]*.py"))]
    programs += [code for name in labs.names() for code in labs.cells(name).values()]
    python = runtime.ready if serving else downloads.pack_python  # no archive is made of a served site
    results.prepare(log.info, *(partial(labs.outcome, name) for name in labs.names()), python, fonts.web_fonts,
                    partial(formula.prepare, written), *(partial(coloured, program) for program in programs))


def on_files(files, config):
    for name, data in fonts.web_fonts().items():
        files.append(File.generated(config, f"assets/fonts/{name}", content=data))
    files.append(File.generated(config, "assets/formulas.css", content=formula.style_sheet()))
    if config.theme["language"] == ORIGINAL:
        files.append(File.generated(config, f"downloads/{downloads.wheel().name}", abs_src_path=str(downloads.wheel())))
    for url, path in results.all_frames().items():
        files.append(File.generated(config, url, abs_src_path=str(path)))
    if config.theme["language"] == ORIGINAL and TOGETHER and not serving:
        siblings.extend(_begin(config, language) for language in LANGUAGES if language != ORIGINAL)
    return files


def _begin(config, language: str) -> multiprocessing.Process:
    """Build a language beside this one, in a process that knows all that is known here."""

    def sibling() -> None:
        try:
            _build_sibling(config, language)
        except Abort as error:
            error.show()
            raise SystemExit(1) from None

    process = multiprocessing.get_context("fork").Process(target=sibling, daemon=True)
    process.start()
    return process


def on_nav(nav, config, files):
    """The chapters' names in the site's language."""
    titles = config.extra.get("chapters", {})
    for item in nav.items:
        if item.is_section:
            item.title = titles.get(item.title, item.title)
    live.site.begin(config, files, nav)
    return nav


def on_env(env, config, files):
    """404 and sitemap link to the other languages' roots, ..."""
    config.extra["alternate"] = _siblings(config, "")
    kept = CACHE / "templates"
    kept.mkdir(parents=True, exist_ok=True)
    env.bytecode_cache = FileSystemBytecodeCache(str(kept))
    live.site.built[config.theme["language"]].env = env
    return env


@event_priority(100)
def _before_search(context, page, config, nav):
    """... and each page to the same page in the other languages. The search plugin reads what is searched, ..."""
    config.extra["alternate"] = _siblings(config, page.url)
    page.whole, page.content = page.content, search.searched(page.content)
    context["takes"] = plain.takes(pages.read(Path(page.file.abs_src_path)))
    return context


@event_priority(-100)
def _after_search(context, page, config, nav):
    """... gets the spellings that readers may use, and the theme gets all."""
    entries = config.plugins["material/search"].search_index.entries
    entries = [entry for entry in entries if entry["location"].partition("#")[0] == page.url]
    if entries and "description" in page.meta:
        search.describe(entries[0], page.meta["description"], config.theme["language"])
    search.spell_out(entries, config.theme["language"])
    page.content = page.whole
    return context


on_page_context = CombinedEvent(_before_search, _after_search)


def _siblings(config, url: str) -> list[dict[str, str]]:
    """Where a page stands in each language: absolute, and from here to the site's root."""
    root = _root_of(config)
    up = "" if config.theme["language"] == ORIGINAL else "../"
    return [{"lang": language, "name": LANGUAGES[language], "link": urljoin(root, _folder(language) + url),
             "path": up + _folder(language) + url} for language in LANGUAGES]


def on_post_page(output, page, config):
    """What a reader takes along lies beside the page."""
    wheel = urljoin(_root_of(config), f"downloads/{downloads.wheel().name}")
    plain.write(pages.read(Path(page.file.abs_src_path)), _address(config), wheel, Path(page.file.abs_dest_path).parent)
    return output


def on_post_build(config):
    _write_contents(config)
    search.keep_segments()
    if config.theme["language"] != ORIGINAL:
        return
    _complete_siblings(config)
    target = Path(config.site_dir)
    if runtime.ready():
        runtime.collect(target / "runtime", CACHE)
        runtime.pack_snippets(SNIPPETS, target / "runtime")
    if not serving:  # live reload needs a script of its own in the page
        csp.content_security_policy(target)
        downloads.archive(target)
    live.site.complete = True


def _complete_siblings(config) -> None:
    if not siblings:
        for language in LANGUAGES:
            if language != ORIGINAL:
                _build_sibling(config, language)
    while siblings:
        process = siblings.pop()
        process.join()
        if process.exitcode:
            raise Abort("The site is not complete.")


def _write_contents(config) -> None:
    """llms.txt: what there is to read, page by page, as Markdown."""
    nav = live.site.built[config.theme["language"]].nav

    def entries(items) -> list[tuple[str, str, str]]:
        return [(item.title, f"{_address(config)}{item.url}index.md", item.meta.get("description", "")) for item in items if item.is_page]

    chapters = [(item.title, entries(item.children)) if item.is_section else ("", entries([item])) for item in nav.items]
    text = downloads.contents(config.site_name, config.site_description, chapters)
    (Path(config.site_dir) / "llms.txt").write_text(text, "utf-8")


def _runtime_addresses(language: str) -> dict[str, str]:
    """Where Python for the browser is, from the root of a language; empty where there is none."""
    python = runtime.ready()
    if python is None:
        return {}
    up = "" if language == ORIGINAL else "../"
    packed = runtime.pack_snippets(SNIPPETS, CACHE / "runtime")
    return {"runtime": f"{up}runtime/{python.name}/", "snippets": f"{up}runtime/{packed.name}"}


def on_build_error(error):
    """A mistake on a page is the author's: file, line and name, no traceback."""
    cause = error
    while cause is not None:
        if isinstance(cause, PageError):
            if serving:
                log.error(str(cause))
                return
            raise Abort(str(cause))
        cause = cause.__cause__ or cause.__context__


def on_serve(server, config, builder):
    for path in live.WATCHED:
        server.watch(str(path))

    server.builder = lambda: live.site.follow() or builder()
    return server


def _guard(action):
    try:
        return action()
    except PageError as error:
        raise Abort(str(error)) from None


def _folder(language: str) -> str:
    return "" if language == ORIGINAL else f"{language}/"


def _address(config) -> str:
    """Of one language."""
    return config.site_url or "/"


def _root_of(config) -> str:
    """Address of the whole site, from one language's configuration."""
    return _address(config).removesuffix(_folder(config.theme["language"]))


def _build_sibling(root, language: str) -> None:
    config = load_config(str(DOCS / f"{language}.yml"), site_dir=str(Path(root.site_dir) / language), strict=root.strict,
                         site_url=urljoin(_root_of(root), _folder(language)))
    config.plugins.on_startup(command="serve" if serving else "build", dirty=False)
    build(config, serve_url=config.site_url if serving else None)
