// Starts Python in a worker from the site's own files: fetched in parallel, each checked, progress reported.
//
// The files of Pyodide are the official ones, unchanged. What has to differ (no second copy of what is already here, a limit on memory, the memory
// snapshot) is reached from outside: through fetch, which answers Pyodide with the checked files, and through the settings that Pyodide hands to
// its own _createPyodideModule.

const SITE_PACKAGES = "/lib/python3.12/site-packages";
const HOME = "/home/pyodide";
const PAGE = 65536;                 // bytes
const MEMORY_LIMIT = 2 ** 30;       // bytes; beyond it Python raises MemoryError, where 4 GiB would kill the tab

/** Something the reader has to be told. kind: network, missing, damaged, memory, unsupported. */
export class Fault extends Error {
  constructor(kind, file = "", cause = undefined) {
    super(`${kind} ${file}`, { cause });
    this.kind = kind;
    this.file = file;
  }
}

/** The runtime's folder on the server. Every file that leaves it has the size and the SHA-256 that the manifest says. */
export class Store {
  constructor(folder, report = () => {}) {
    this.folder = folder;
    this.report = report;
    this.loaded = this.total = 0;                               // bytes, as they travel
    this.manifest = this.#manifest();
    this.manifest.catch(() => {});                              // reported by whoever awaits it
  }

  url(name) {
    return new URL(name, this.folder).href;
  }

  /** The content of a file. The request starts at once, even before the manifest is here. */
  async bytes(name, seen = () => {}) {
    const answer = request(this.url(name));
    answer.catch(() => {});
    const expected = (await this.manifest).files[name];
    if (!expected) throw new Fault("missing", name);
    this.total += expected.packed;
    return this.#read(await answer, name, expected, seen);
  }

  /** Import a script. The check comes first; the import then finds the file in the browser's cache. */
  async script(name) {
    await this.bytes(name);
    return import(this.url(name)).catch(error => { throw new Fault("network", name, error); });
  }

  /** Compile WebAssembly while it arrives; nobody gets the result before the check is done. */
  async program(name) {
    let feed;
    const stream = new ReadableStream({ start(controller) { feed = controller; } });
    const module = WebAssembly.compileStreaming(new Response(stream, { headers: { "Content-Type": "application/wasm" } }));
    module.catch(() => {});
    try {
      await this.bytes(name, chunk => feed.enqueue(chunk));
      feed.close();
    } catch (error) {
      feed.error(error);
      throw error;
    }
    return module.catch(error => { throw new Fault("unsupported", name, error); });
  }

  /** A pack: a line of JSON, [[path, size], ...], then the contents. */
  async pack(name) {
    const bytes = await this.bytes(name);
    return unpack(bytes);
  }

  async #manifest() {
    const response = await request(this.url("manifest.json"));
    const bytes = new Uint8Array(await response.arrayBuffer().catch(error => { throw new Fault("network", "manifest.json", error); }));
    const known = new URL(this.folder).pathname.match(/-([0-9a-f]{8})\/$/)?.[1];    // the folder's name carries the hash
    if (known && !(await sha256(bytes) ?? known).startsWith(known)) throw new Fault("damaged", "manifest.json");
    return JSON.parse(new TextDecoder().decode(bytes));
  }

  async #read(response, name, { size, packed, sha256: expected }, seen) {
    const scale = packed / size;
    const bytes = new Uint8Array(size);
    const reader = response.body.getReader();
    let at = 0;
    for (;;) {
      const { done, value } = await reader.read().catch(error => { throw new Fault("network", name, error); });
      if (done) break;
      if (at + value.length > size) throw new Fault("damaged", name);
      bytes.set(value, at);
      seen(value);
      at += value.length;
      this.loaded += value.length * scale;
      this.report(this.loaded, this.total);
    }
    if (at < size || (await sha256(bytes) ?? expected) !== expected) throw new Fault("damaged", name);
    return bytes;
  }
}

async function request(url) {
  const name = url.split("/").pop();
  const response = await fetch(url).catch(error => { throw new Fault("network", name, error); });
  if (!response.ok) throw new Fault("missing", name);
  return response;
}

/** Hexadecimal SHA-256, or undefined where the browser offers none (a page without https): there only the size is checked. */
async function sha256(bytes) {
  const digest = await crypto.subtle?.digest("SHA-256", bytes);
  return digest && Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, "0")).join("");
}

/** Slices of the bytes, by path; nothing is copied. */
export function unpack(bytes) {
  const end = bytes.indexOf(10);
  let at = end + 1;
  return new Map(JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)))
    .map(([path, size]) => [path, bytes.subarray(at, at += size)]));
}

/** Write files below a folder of Python's file system, without copying them. */
export function install(python, folder, files) {
  for (const [path, bytes] of files) {
    const full = `${folder}/${path}`;
    python.FS.mkdirTree(full.slice(0, full.lastIndexOf("/")));
    python.FS.writeFile(full, bytes, { canOwn: true });
  }
  python.runPython("import sys; sys.path_importer_cache.clear()");
}

/** Python with NumPy, from its files. */
export async function bootFromFiles(store) {
  const [numpy, modules, python] = await Promise.all([
    store.pack("numpy-libraries.txt"),
    store.pack("numpy-modules.txt"),
    load(store, { library: store.bytes("python-library.txt") }),
  ]);
  install(python, SITE_PACKAGES, [...numpy, ...modules]);
  return { python, complete: true };
}

/** Python with NumPy imported, from a snapshot of its memory; modules that are not in it need `completeLibrary` first. */
export async function bootFromMemory(store) {
  const { memory } = await store.manifest;
  const libraries = store.pack("numpy-libraries.txt");
  const snapshot = store.pack("memory.txt").then(parts => {
    const whole = new Uint8Array(memory.size);
    for (const [offset, part] of parts) whole.set(part, parseInt(offset, 16));      // what is not there is zero
    return whole;
  });
  const python = await load(store, { libraries, memory, snapshot });
  return { python, complete: false };
}

/** For the maker of the snapshot: as bootFromMemory, except that the memory is still to be filled. */
export async function bootToSnapshot(store, libraries, order) {
  const memory = { order, handles: {} };
  const python = await load(store, { libraries, memory, library: store.bytes("python-library.txt") });
  install(python, SITE_PACKAGES, [...await libraries, ...await store.pack("numpy-modules.txt")]);
  return { python, memory };
}

/** The files of the standard library and of NumPy, for a Python that came from a snapshot. */
export async function completeLibrary(store, python) {
  const [library, modules, numpy] = await Promise.all([
    store.bytes("python-library.txt"), store.pack("numpy-modules.txt"), store.pack("numpy-libraries.txt"),
  ]);
  install(python, "/lib", [["python312.zip", library]]);
  install(python, SITE_PACKAGES, [...modules, ...numpy]);
}

/** A further package with its compiled libraries, such as Matplotlib. */
export async function addPackage(store, python, name) {
  install(python, SITE_PACKAGES, await store.pack(name));
}

export function installSnippets(python, files) {
  install(python, HOME, files);
}

/**
 * Load Pyodide. library: the standard library's zip. snapshot: the memory to start from, instead. libraries: NumPy's shared objects, to be linked
 * before Python starts (their place in memory and in the function table must be the same when a snapshot is made and when it is loaded);
 * memory: what the manifest knows of the snapshot.
 */
async function load(store, { library, snapshot, libraries, memory }) {
  // With JavaScript promise integration Pyodide adds entries to the function table: without it the table is the same in every browser.
  for (const name of ["Suspending", "promising", "SuspendError", "Suspender"]) delete WebAssembly[name];

  let fail;
  const failed = new Promise((_, reject) => { fail = reject; });
  failed.catch(() => {});
  const parts = { library, snapshot, libraries, program: store.program("pyodide.asm.wasm") };
  for (const part of Object.values(parts)) part?.catch(fail);

  const [{ loadPyodide }] = await Promise.all([store.script("pyodide.mjs"), store.script("pyodide.asm.js")]);
  const { lock } = await store.manifest;
  if (libraries) libraries = await libraries;

  const create = globalThis._createPyodideModule;
  globalThis._createPyodideModule = settings => create(adjusted(settings));

  function adjusted(settings) {
    let module;
    settings.preRun.push(it => { module = it; });
    settings.wasmMemory = new WebAssembly.Memory({
      initial: (settings.INITIAL_MEMORY ?? 20 * 2 ** 20) / PAGE, maximum: MEMORY_LIMIT / PAGE,
    });
    settings.instantiateWasm = (imports, receive) => {
      parts.program
        .then(async program => receive(await WebAssembly.instantiate(program, imports), program))
        .catch(fail);
      return {};
    };
    if (libraries) settings.onRuntimeInitialized = () => {
      try { link(module, libraries, memory); } catch (error) { fail(error); }
    };
    return settings;
  }

  const network = globalThis.fetch;
  const answers = {
    "pyodide-lock.json": async () => new Response(JSON.stringify(lock)),
    "pyodide.asm.wasm": async () => new Response(),                          // instantiateWasm has its own
    "python_stdlib.zip": async () => new Response(await library),
  };
  globalThis.fetch = (url, options) => answers[String(url).split("/").pop()]?.() ?? network(url, options);
  const timeInWords = Date.prototype.toLocaleTimeString;
  Date.prototype.toLocaleTimeString = zoneAlone;
  try {
    return await Promise.race([failed, loadPyodide({
      indexURL: store.folder,
      env: { HOME, PYTHONHASHSEED: "0", MPLBACKEND: "module://unstuck_figures" },
      ...(snapshot && { _loadSnapshot: snapshot }),
      ...(libraries && !snapshot && { _makeSnapshot: true }),
    })]);
  } catch (error) {
    throw error instanceof RangeError ? new Fault("memory", "", error) : error;
  } finally {
    globalThis.fetch = network;
    Date.prototype.toLocaleTimeString = timeInWords;
    globalThis._createPyodideModule = create;
  }
}

/** What C's tzset() takes from a time in words, the zone's name: asked for the first time, a browser spends a twentieth of the boot on its languages. */
function zoneAlone() {
  const east = -this.getTimezoneOffset(), hours = Math.trunc(Math.abs(east) / 60), minutes = Math.abs(east) % 60;
  return `00:00:00 GMT${east < 0 ? "-" : "+"}${hours}${minutes ? `:${minutes}` : ""}`;
}

/** Link shared objects as Python's import would, and make sure that they land where the snapshot has them. */
function link(module, libraries, memory) {
  const before = module.wasmTable.length;
  for (const path of memory.order) {
    const fs = { findObject: () => true, readFile: () => libraries.get(path) };
    module.loadDynamicLibrary(`${SITE_PACKAGES}/${path}`, { global: false, nodelete: true, loadAsync: false, allowUndefined: true, fs }, {});
  }
  const table = [before, module.wasmTable.length];
  memory.table ??= table;
  if (String(memory.table) !== String(table)) throw new Error(`function table ${table}, in the snapshot ${memory.table}`);
  for (const [handle, name] of Object.entries(memory.handles))
    module.LDSO.loadedLibsByHandle[handle] = module.LDSO.loadedLibsByName[name];
  memory.module = module;
}
