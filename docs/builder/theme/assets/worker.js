// The worker's side of Run: one Python for all snippets of a page, run one at a time.
//
// From the page:  { type: "start", runtime, snippets, memory }   memory: may the snapshot be tried?
//                 { type: "run", id, code, file }
// To the page:    progress { loaded, total }   ready { memory }   running { id }   print { id, text, error }   figure { id, png }
//                 cut { id }   again { id }    ended { id, kind, line, text }     fault { kind, file, detail }
// After a fault this worker is of no more use: the page ends it.
import { Fault, Store, addPackage, bootFromFiles, bootFromMemory, completeLibrary, installSnippets, unpack } from "./boot.js";

const LONGEST_OUTPUT = { characters: 20_000, lines: 500 };

const post = (type, content = {}) => postMessage({ type, ...content });
let machine;

self.onmessage = async ({ data }) => {
  try {
    if (data.type === "start") await (machine = start(data));
    else await run(await machine, data);
  } catch (error) {
    const { kind, file } = error instanceof Fault ? error : { kind: "crash", file: "" };
    post("fault", { kind, file, detail: `${error?.stack ?? error}` });
  }
};

async function start({ runtime, snippets, memory }) {
  if (typeof WebAssembly === "undefined") throw new Fault("unsupported");
  let reported = 0;
  const store = new Store(runtime, (loaded, total) => {
    if (performance.now() - reported < 100 && loaded < total) return;
    reported = performance.now();
    post("progress", { loaded, total });
  });
  const own = snippets && fetch(snippets).then(answer => answer.ok ? answer.arrayBuffer() : Promise.reject(new Error(answer.status)));
  own?.catch(() => {});

  const { python, complete, memory: used } = await boot(store, memory);
  const runner = python.pyimport("unstuck_runner");
  if (snippets) installSnippets(python, unpack(new Uint8Array(await own.catch(error => { throw new Fault("missing", "snippets", error); }))));
  if (used) runner.reseed();
  const it = { python, store, runner, complete, packages: new Set() };
  post("ready", { memory: used });
  return it;
}

/** By the snapshot where there is one and it loads, else from the files. A fault of the network or of a file is the same for both. */
async function boot(store, memory) {
  if (memory && (await store.manifest).memory) {
    try {
      return { ...await bootFromMemory(store), memory: true };
    } catch (error) {
      if (error instanceof Fault) throw error;
      console.info("The memory snapshot does not load here; Python starts from its files.", error);
    }
  }
  return { ...await bootFromFiles(store), memory: false };
}

async function run(it, { id, code, file }) {
  await provide(it, JSON.parse(it.runner.missing(code)));
  post("running", { id });
  let result = attempt(it, id, code, file);
  if (result.kind === "import" && !it.complete) {       // a module that Python imports of itself: once more, with the whole library
    await completeLibrary(it.store, it.python);
    it.complete = true;
    post("again", { id });
    result = attempt(it, id, code, file);
  }
  post("ended", { id, ...result });
  it.runner.tidy();
}

/** Fetch what the code imports and Python does not have yet. */
async function provide(it, modules) {
  const tops = new Set(modules.map(name => name.split(".")[0]));
  tops.delete("snippets");
  if (!tops.size) return;
  if (!it.complete) await completeLibrary(it.store, it.python);
  it.complete = true;
  const { packages } = await it.store.manifest;
  for (const name of new Set([...tops].map(top => packages[top]).filter(Boolean))) {
    if (it.packages.has(name)) continue;
    await addPackage(it.store, it.python, name);
    it.packages.add(name);
  }
}

function attempt({ python, runner }, id, code, file) {
  const limit = { ...LONGEST_OUTPUT, cut: false };
  python.setStdout(stream(id, limit, false));
  python.setStderr(stream(id, limit, true));
  runner.send_figure = png => post("figure", { id, png: png.toJs() });
  try {
    return JSON.parse(runner.run(code, file));
  } catch (error) {       // Python itself broke, such as by a recursion too deep for the browser's stack
    throw error instanceof RangeError && /memory/i.test(error.message) ? new Fault("memory", "", error) : new Fault("crash", "", error);
  }
}

/** Where Python writes: text goes to the page line by line as it comes, until the run has said enough. */
function stream(id, limit, error) {
  const decoder = new TextDecoder();
  return {
    isatty: false,
    write(bytes) {
      if (!limit.cut) {
        let text = decoder.decode(bytes, { stream: true });
        const lines = text.split("\n");
        if (text.length > limit.characters || lines.length - 1 > limit.lines) {
          text = lines.slice(0, limit.lines).join("\n").slice(0, limit.characters);
          limit.cut = true;
        }
        limit.characters -= text.length;
        limit.lines -= lines.length - 1;
        if (text) post("print", { id, text, error });
        if (limit.cut) post("cut", { id });
      }
      return bytes.length;
    },
  };
}
