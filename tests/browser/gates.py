"""What a page is judged by, in a real Chromium. Each gate takes a page and gives its faults, one line each."""
from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from playwright.sync_api import BrowserContext, Page, Request
from server import compressed

from docs.builder import npm

JUDGES = Path(__file__).resolve().parents[1] / "judges"
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}

# Compressed bytes of a first visit, by what Chromium asks for. Other: the icon; the search index is fetched when the search is used.
BUDGET = {"document": 60_000, "stylesheet": 35_000, "script": 65_000, "font": 85_000, "other": 10_000, "all": 250_000}
FRAMES = 60_000         # of one play figure, fetched when it is touched


# The scripts have run: each snippet that can be run is one that can be edited.
READY = "() => ![...document.querySelectorAll('[data-snippet]:has([data-action=run])')].some(snippet => !snippet.querySelector('textarea'))"


class Visit:
    """A first visit: an empty cache, and a note of everything that Chromium asks for and complains of."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address = address
        self.requests: list[Request] = []
        self.complaints: list[str] = []
        context.on("request", lambda request: self.requests.append(request))
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)
        self.page = context.new_page()
        self.page.goto(address, wait_until="networkidle")
        self.page.wait_for_function(READY)


# Third parties ------------------------------------------------------------------------------------------------------------------------------------


def strangers(visit: Visit) -> list[str]:
    """Requests to another host. blob: and data: stay in the browser."""
    own = urlsplit(visit.address).netloc
    return [f"asks another host: {request.url}" for request in visit.requests
            if urlsplit(request.url).scheme not in ("blob", "data") and urlsplit(request.url).netloc != own]


# Weight -------------------------------------------------------------------------------------------------------------------------------------------


def parcels(requests: list[Request], site: Path) -> list[tuple[str, str, int]]:
    """Kind, path and compressed bytes of each file that was asked for."""
    found = []
    for request in requests:
        path = unquote(urlsplit(request.url).path)
        file = site / path.lstrip("/")
        file = file / "index.html" if file.is_dir() else file
        if urlsplit(request.url).scheme == "http" and file.is_file():
            found.append((request.resource_type if request.resource_type in BUDGET else "other", path, len(compressed(file.read_bytes()))))
    return found


def burdens(requests: list[Request], site: Path) -> list[str]:
    """Where a first visit is heavier than its budget, with the table of what was fetched."""
    sent = parcels(requests, site)
    weight = {kind: sum(size for of, _, size in sent if kind in (of, "all")) for kind in BUDGET}
    over = [f"{weight[kind]:,} bytes of {kind}, the budget is {BUDGET[kind]:,}" for kind in BUDGET if weight[kind] > BUDGET[kind]]
    table = [f"    {size:>9,}  {kind:<10}  {path}" for kind, path, size in sorted(sent, key=lambda parcel: -parcel[2])]
    return over and over + table


# Accessibility ------------------------------------------------------------------------------------------------------------------------------------

JUDGE = """rules => axe.run({ resultTypes: ["violations"], ...rules }).then(({ violations }) => violations.flatMap(({ id, help, nodes }) =>
  nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 160)} ${node.any.concat(node.all, node.none).map((check) => check.message).join("; ")}`)))"""

# A word of code looks like every other one of its class, so one of each is judged; what lies in a drawing or a formula is not judged at all: a tenth of the time.
THIN = """() => {
  for (const drawing of document.querySelectorAll("svg"))
    drawing.replaceChildren(...drawing.querySelectorAll(":scope > title"));
  for (const formula of document.querySelectorAll("math")) formula.replaceChildren(formula.textContent);
  for (const code of document.querySelectorAll("pre code")) {
    const seen = new Set();
    for (const span of code.querySelectorAll("span"))
      if (seen.has(span.className)) span.replaceWith(...span.childNodes);
      else seen.add(span.className);
    code.normalize();
  }
}"""
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
STRUCTURE = {"rules": {"color-contrast": {"enabled": False}}}
CONTRAST = {"runOnly": ["color-contrast"]}


def barriers(page: Page, widths: tuple[dict[str, int], ...] = (PHONE, DESKTOP)) -> list[str]:
    """What axe-core finds, in the light and in the dark."""
    page.evaluate((npm.install(JUDGES) / "node_modules/axe-core/axe.min.js").read_text("utf-8"))
    page.evaluate(THIN)
    found = []
    for width in widths:
        page.set_viewport_size(width)
        page.evaluate(SETTLED)
        found += [f"{width['width']} px: {fault}" for fault in page.evaluate(JUDGE, STRUCTURE)]
    page.add_style_tag(content=".snippet-editor { display: none }")     # what lies under it is what is read
    for width in widths:
        page.set_viewport_size(width)
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            page.evaluate(SETTLED)
            found += [f"{width['width']} px, {scheme}: {fault}" for fault in page.evaluate(JUDGE, CONTRAST)]
    return found


CONTRASTS = """() => {
  const light = (name) => {
    const pen = document.createElement("canvas").getContext("2d", { colorSpace: "srgb" });
    pen.fillStyle = getComputedStyle(document.body).getPropertyValue(name);
    const [r, g, b] = pen.fillStyle.match(/[\\da-f]{2}/g).map((part) => parseInt(part, 16) / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.05 + 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return Object.fromEntries(["--trains", "--fails", "--third", "--theory", "--ink", "--quiet"].map((name) => {
    const [low, high] = [light(name), light("--paper")].sort((a, b) => a - b);
    return [name, high / low];
  }));
}"""

MOVING = """() => [...document.querySelectorAll(":not(svg *)")].flatMap((element) => ["", "::before", "::after"].flatMap((part) => {
  const style = getComputedStyle(element, part || null);
  const still = [style.transitionDuration, style.animationName === "none" ? "0s" : style.animationDuration].every((times) => !/[1-9]/.test(times));
  return still && style.scrollBehavior === "auto" ? [] : [`${element.tagName.toLowerCase()}.${element.className}${part}`];
})).filter((name, k, all) => all.indexOf(name) === k)"""


def unrest(page: Page) -> list[str]:
    """What still moves for a reader who asked for stillness."""
    page.emulate_media(reduced_motion="reduce")
    return [f"moves in spite of prefers-reduced-motion: {name}" for name in page.evaluate(MOVING)]


# What a reader operates in the text, in its order; and a note of what gets the focus, and whether one sees it.
LISTEN = """() => {
  const name = (element) => `${element.tagName.toLowerCase()} ${element.dataset.action ?? element.name ?? ""} "${(element.textContent || element.ariaLabel || "").trim().slice(0, 40)}"`;
  const all = [...document.querySelectorAll("article :is(a[href], button, input, textarea, summary, select, [tabindex='0'])")]
    .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.disabled);
  window.reached = [];
  addEventListener("focusin", ({ target }) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(target);
    reached.push([all.indexOf(target), outlineStyle !== "none" && parseFloat(outlineWidth) >= 1, name(target)]);
  });
  const start = document.querySelector("article h1") ?? document.querySelector("article").firstElementChild;
  start.tabIndex = -1;
  start.focus();
  reached.length = 0;
  return all.map(name);
}"""
REST = "() => document.activeElement.tagName"


def detours(page: Page) -> list[str]:
    """What the Tab key does not reach in the order of the text, or reaches unseen. Escape leaves the editor."""
    wanted = page.evaluate(LISTEN)
    for _ in wanted:
        if page.evaluate(REST) == "TEXTAREA":
            page.keyboard.press("Escape")
        page.keyboard.press("Tab")
    reached = page.evaluate("() => reached")
    order = [index for index, _, _ in reached]
    faults = [f"Tab does not reach {wanted[index]}" for index in range(len(wanted)) if index not in order]
    faults += [f"Tab leads to {name} out of turn" for k, (index, _, name) in enumerate(reached) if index != k and not faults]
    return faults + [f"no focus to be seen on {name}" for index, seen, name in reached if index >= 0 and not seen]


def stuck(page: Page) -> list[str]:
    """Sliders that neither an arrow key nor the mouse moves."""
    faults = []
    for slider in page.locator("figure[data-play] input[type=range]").all():
        name = slider.get_attribute("name")
        shown = slider.locator("xpath=following-sibling::output")
        before = shown.inner_text()
        slider.press("ArrowLeft" if slider.input_value() == slider.get_attribute("max") else "ArrowRight")
        if shown.inner_text() == before:
            faults.append(f"the slider {name} does not answer to the arrow keys")
        box = slider.bounding_box()
        x, y = box["x"], box["y"] + box["height"] / 2
        page.mouse.move(x + box["width"] * 0.5, y)
        page.mouse.down()
        page.mouse.move(x + box["width"] * 0.1, y, steps=2)
        page.mouse.move(x + 1, y)
        page.mouse.up()
        if slider.input_value() != slider.get_attribute("min"):
            faults.append(f"the slider {name} does not follow the mouse")
    page.evaluate(SETTLED)
    return faults


# Phones -------------------------------------------------------------------------------------------------------------------------------------------

CUT = """() => {
  const name = (element) => `${element.tagName.toLowerCase()}.${element.className} "${element.textContent.trim().slice(0, 40)}"`;
  const wider = (element) => element.scrollWidth > element.clientWidth + 1;
  const faults = wider(document.documentElement) ? ["the page is wider than the screen"] : [];
  for (const box of document.querySelectorAll("article, article :not(svg, svg *)"))
    if (box.clientWidth > 1 && box.checkVisibility() && ["hidden", "clip"].includes(getComputedStyle(box).overflowX) && wider(box))
      faults.push(`cuts off what is in ${name(box)}`);
  for (const button of document.querySelectorAll("article button"))
    if (button.checkVisibility() && !/\\s/.test(button.textContent.trim()) && button.clientHeight > 2.5 * parseFloat(getComputedStyle(button).fontSize))
      faults.push(`breaks the word on ${name(button)}`);
  return faults;
}"""


def slices(page: Page) -> list[str]:
    """What a phone shows a part of, with no way to scroll to the rest."""
    page.set_viewport_size(PHONE)
    page.evaluate(SETTLED)
    return [f"{PHONE['width']} px: {fault}" for fault in page.evaluate(CUT)]


# Print --------------------------------------------------------------------------------------------------------------------------------------------

PRINTED = """() => {
  const shows = (selector) => [...document.querySelectorAll(selector)].some((element) => element.checkVisibility() && element.getClientRects().length);
  const light = (colour) => { const [r, g, b] = colour.match(/[\\d.]+/g); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const faults = [".md-header", ".md-sidebar", ".md-footer", "article button", ".headerlink", ".play", ".snippet-editor", ".md-top"].filter(shows)
    .map((selector) => `prints ${selector}`);
  for (const box of document.querySelectorAll("article :is(pre, pre > code, figure, .figure-drawing)"))
    if (box.checkVisibility() && (box.scrollHeight > box.clientHeight + 1 && getComputedStyle(box).overflowY !== "visible" ||
        box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX !== "visible"))
      faults.push(`prints only a part of ${box.tagName.toLowerCase()} "${box.textContent.trim().slice(0, 40)}"`);
  const text = getComputedStyle(document.querySelector("article p")), word = document.querySelector("article .n");
  if (light(text.color) > 80) faults.push(`prints light text: ${text.color}`);
  if (word && light(getComputedStyle(word).color) > 80) faults.push(`prints light code: ${getComputedStyle(word).color}`);
  const paper = getComputedStyle(document.body).getPropertyValue("--paper").trim();
  if (!["#fff", "#ffffff"].includes(paper)) faults.push(`prints on ${paper}`);
  return faults;
}"""


def misprints(page: Page) -> list[str]:
    """What paper gets of a page that is read in the dark."""
    page.set_viewport_size({"width": 680, "height": 1000})      # A4 with its margins
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate(SETTLED)
    faults = page.evaluate(PRINTED)
    page.emulate_media(media="screen", color_scheme="light")
    return faults
