// Run, Stop, Reset, and the code that can be edited. What runs the code is worker.js; it is started when a reader reaches for Run, not before.
// (Copy is in unstuck.js: it works without a runtime, and copies what stands in the code, edited or not.)
import { highlight } from "./highlight.js";

const settings = JSON.parse(document.getElementById("unstuck").textContent);
const { words } = settings;
const language = document.documentElement.lang;
const NO_SNAPSHOT = "unstuck-no-snapshot";        // in this tab the memory snapshot did not load

const say = (name, values = {}) => words[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
const number = (value, digits = 1) => value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
const megabytes = bytes => number(bytes / 1e6);

/** What the tab remembers; in a browser that forbids it, nothing. */
const tab = {
  get(key) {
    try { return sessionStorage.getItem(key); } catch { return null; }
  },
  set(key, value) {
    try { sessionStorage.setItem(key, value); } catch { /* then it lives as long as the page */ }
  },
  remove(key) {
    try { sessionStorage.removeItem(key); } catch { /* nothing was kept */ }
  },
};

/** The page's one worker, and the snippets that wait for it. */
class Machine {
  #worker = null;
  #queue = [];              // the first one is loading or running

  /** Start loading; nobody has pressed Run yet, so nobody is told. */
  warm() {
    if (this.#worker || !supported()) return;
    // A worker from a blob: URL takes over this page's content security policy, wherever the page is hosted; one from a file would have none.
    const script = URL.createObjectURL(new Blob([`import ${JSON.stringify(new URL("worker.js", import.meta.url))}`], { type: "text/javascript" }));
    const worker = this.#worker = new Worker(script, { type: "module" });
    worker.onmessage = ({ data }) => { if (worker === this.#worker) this.#hear(data); };
    worker.onerror = event => {
      event.preventDefault();
      if (worker === this.#worker) this.#hear({ type: "fault", kind: "network", file: "worker.js", detail: event.message });
    };
    worker.postMessage({
      type: "start",
      runtime: new URL(settings.runtime, document.baseURI).href,
      snippets: settings.snippets && new URL(settings.snippets, document.baseURI).href,
      memory: tab.get(NO_SNAPSHOT) === null,
    });
  }

  run(snippet) {
    if (!supported()) return snippet.fault("unsupported");
    this.warm();
    this.#queue.push(snippet);
    snippet.wait(this.#queue.length === 1 ? "run_loading" : "run_waiting");
    if (this.#queue.length === 1) this.#next();
  }

  stop(snippet) {
    const place = this.#queue.indexOf(snippet);
    if (place < 0) return;
    this.#queue.splice(place, 1);
    if (place === 0) this.#restart();           // the only way to end a loop in WebAssembly is to end its worker
  }

  #next() {
    const [snippet] = this.#queue;
    if (!snippet) return;
    this.warm();
    snippet.wait("run_loading");
    this.#worker.postMessage({ type: "run", id: snippet.id, code: snippet.code, file: snippet.file });
  }

  #end() {
    this.#worker?.terminate();
    this.#worker = null;
  }

  #restart() {
    this.#end();
    this.#next();
  }

  #hear({ type, ...content }) {
    const [snippet] = this.#queue;
    if (type === "ready") return content.memory || tab.set(NO_SNAPSHOT, "");
    if (type === "fault") {
      if (content.detail) console.info(content.detail);
      this.#end();
      this.#queue.shift()?.fault(content.kind, content.file);
      return this.#next();
    }
    if (!snippet || "id" in content && content.id !== snippet.id) return;
    snippet[type](content);
    if (type === "ended") {
      this.#queue.shift();
      if (content.kind === "memory") this.#end();   // WebAssembly never gives memory back
      this.#next();
    }
  }
}

const supported = () => typeof WebAssembly === "object" && typeof Worker === "function";

/** One snippet: its code, its buttons, its output. */
class Snippet {
  static #count = 0;

  constructor(element, machine) {
    this.id = Snippet.#count++;
    this.element = element;
    this.machine = machine;
    this.file = `${element.dataset.snippet}.py`;
    this.status = element.querySelector("[role=status]");
    this.output = element.querySelector("[data-role=output]");
    this.recorded = this.output.textContent;
    this.figures = document.createElement("div");
    this.figures.className = "snippet-figures";
    this.output.after(this.figures);
    this.display = element.querySelector("pre > code");
    this.original = this.display.textContent;
    this.#edit();
    this.#buttons();
  }

  get code() {
    return this.area.value;
  }

  // ---- what the machine reports

  wait(word) {
    this.#state("loading", say(word));
  }

  progress({ loaded, total }) {
    if (this.element.dataset.state !== "loading") return;
    this.bytes ??= this.#bytes();
    this.bytes.textContent = say("run_progress", { loaded: megabytes(loaded), total: megabytes(total) });
  }

  running() {
    this.began = performance.now();
    this.#clear();
    this.#state("running", say("run_running"));
  }

  again() {
    this.#clear();
  }

  print({ text, error }) {
    if (error) this.#error(text);
    else this.output.append(text);
  }

  cut() {
    const notice = document.createElement("p");
    notice.className = "snippet-cut";
    notice.textContent = say("run_cut");
    this.output.after(notice);
  }

  figure({ png }) {
    const image = new Image();
    image.src = URL.createObjectURL(new Blob([png], { type: "image/png" }));
    image.alt = say("run_figure", { number: this.figures.children.length + 1 });
    this.figures.append(image);
  }

  ended({ kind, line, text }) {
    if (text) this.#error(text);
    if (kind === "done") return this.#state("done", say("run_done", { seconds: number((performance.now() - this.began) / 1000, 2) }));
    this.#mark(line);
    const word = kind === "memory" || kind === "input" ? `run_${kind}` : line ? "run_error_line" : "run_error";
    this.#state("error", say(word, { line }));
  }

  fault(kind, file) {
    this.#state("error", say(`run_${kind}`, { file }));
  }

  // ---- buttons

  #buttons() {
    this.run = this.#button("run", () => {
      if (this.busy) return;
      this.#mark(null);
      this.machine.run(this);
    });
    this.stop = this.#button("stop", () => {
      this.machine.stop(this);
      this.#state("idle", say("run_stopped"));
    });
    this.reset = this.#button("reset", () => {
      this.machine.stop(this);
      this.area.value = this.original;
      this.#changed();
      this.#clear();
      this.output.textContent = this.recorded;
      this.#state("idle", say("run_reset"));
    });
    for (const event of ["pointerenter", "focus"]) this.run.addEventListener(event, () => this.machine.warm());
    this.#state("idle", "");
  }

  #button(action, act) {
    const button = this.element.querySelector(`button[data-action=${action}]`);
    button.addEventListener("click", act);
    return button;
  }

  get busy() {
    return ["loading", "running"].includes(this.element.dataset.state);
  }

  #state(state, sentence) {
    this.element.dataset.state = state;
    this.bytes = null;
    this.status.textContent = sentence;
    this.run.setAttribute("aria-disabled", this.busy);      // not disabled: that would take the keyboard's place away
    if (!this.busy && document.activeElement === this.stop) this.run.focus();
    this.stop.disabled = !this.busy;
  }

  /** Where the bytes are counted: seen, but not read out each time they change. */
  #bytes() {
    const bytes = document.createElement("span");
    bytes.className = "snippet-bytes";
    bytes.setAttribute("aria-hidden", "true");
    this.status.append(" ", bytes);
    return bytes;
  }

  // ---- output

  #clear() {
    this.output.textContent = "";
    this.element.querySelector(".snippet-cut")?.remove();
    for (const image of this.figures.children) URL.revokeObjectURL(image.src);
    this.figures.replaceChildren();
    this.#mark(null);
  }

  #error(text) {
    const span = document.createElement("span");
    span.className = "snippet-error";
    span.textContent = text;
    this.output.append(span);
  }

  #mark(line) {
    this.marker?.remove();
    this.marker = null;
    if (!line) return;
    this.marker = document.createElement("span");
    this.marker.className = "snippet-mark";
    this.marker.style.setProperty("--line", line);
    this.display.parentElement.append(this.marker);
  }

  // ---- the editor: a textarea with transparent text exactly above the coloured code, so that undo and Chinese input are the browser's own

  #edit() {
    const area = this.area = document.createElement("textarea");
    area.className = "snippet-editor";
    area.value = this.#kept() ?? this.original;
    area.setAttribute("aria-label", say("run_editor", { file: this.file }));
    Object.assign(area, { spellcheck: false, autocapitalize: "off", autocomplete: "off", wrap: "off" });
    area.setAttribute("autocorrect", "off");
    area.setAttribute("translate", "no");
    this.display.setAttribute("aria-hidden", "true");
    for (const name of ["tabindex", "role", "aria-label"]) this.display.parentElement.removeAttribute(name);
    this.display.after(area);
    this.display.closest(".highlight").classList.add("snippet-editable");
    if (area.value !== this.original) this.#changed();
    area.addEventListener("input", () => this.#changed());
    area.addEventListener("keydown", event => this.#press(event));
    area.addEventListener("blur", () => { this.leaving = false; });
  }

  #changed() {
    this.#mark(null);
    highlight(this.display, this.code);
    this.#keep();
  }

  #press(event) {
    if (event.isComposing) return;
    const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
    if (key === "Escape") this.leaving = true;
    else if (key === "Tab" && !this.leaving && !ctrlKey && !metaKey && !altKey) {
      event.preventDefault();
      shiftKey ? this.#outdent() : this.#insert(" ".repeat(4 - this.#column % 4));
    } else if (key === "Enter" && (ctrlKey || metaKey)) {
      event.preventDefault();
      this.run.click();
    } else if (key === "Enter" && !shiftKey && !altKey) {
      event.preventDefault();
      const line = this.#line.slice(0, this.#column);
      this.#insert(`\n${line.match(/^ */)[0]}${/:\s*(#.*)?$/.test(line) ? "    " : ""}`);
    } else if (key !== "Tab" && key !== "Shift") this.leaving = false;
  }

  get #start() {
    return this.code.lastIndexOf("\n", this.area.selectionStart - 1) + 1;
  }

  get #line() {
    return this.code.slice(this.#start).split("\n", 1)[0];
  }

  get #column() {
    return this.area.selectionStart - this.#start;
  }

  /** Type text as the reader would: the only way that undo knows of it. */
  #insert(text) {
    document.execCommand(text ? "insertText" : "delete", false, text);
  }

  #outdent() {
    const spaces = Math.min(4, this.#line.match(/^ */)[0].length);
    if (!spaces) return;
    const start = this.#start, end = Math.max(start, this.area.selectionEnd - spaces);
    this.area.setSelectionRange(start, start + spaces);
    this.#insert("");
    this.area.setSelectionRange(end, end);
  }

  // ---- edits live as long as the tab, and only while the page's own code stays the same

  get #key() {
    return `unstuck-code:${this.file}`;
  }

  #kept() {
    const { original, code } = JSON.parse(tab.get(this.#key)) ?? {};
    return original === this.original ? code : null;
  }

  #keep() {
    if (this.code === this.original) tab.remove(this.#key);
    else tab.set(this.#key, JSON.stringify({ original: this.original, code: this.code }));
  }
}

if (settings.runtime) {
  const machine = new Machine();
  for (const element of document.querySelectorAll("[data-snippet]")) new Snippet(element, machine);
}
