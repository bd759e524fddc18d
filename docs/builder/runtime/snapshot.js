// Runs in a worker of the building Chromium: Python with NumPy imported, and then its memory, as one file.
// The page that starts it (snapshot.py) passes the runtime's folder and the program to run before the picture is taken.
import { Store, bootToSnapshot } from "./boot.js";

// Two pictures of the same Python are the same bytes: its clock stands still, and what it draws at random is always the same.
// In the reader's browser the worker has it seeded anew (reseed in inside/unstuck_runner.py).
const Clock = Date, INSTANT = 1e12;
self.Date = class extends Clock {
  constructor(...given) { given.length ? super(...given) : super(INSTANT); }
  static now() { return INSTANT; }
};
performance.now = () => 0;
crypto.getRandomValues = (numbers) => numbers.fill(1);

self.onmessage = async ({ data: { folder, warm, order } }) => {
  try {
    const store = new Store(folder);
    const { python, memory } = await bootToSnapshot(store, store.pack("numpy-libraries.txt"), order);
    python.runPython(warm);
    const { module, table } = memory;
    const handles = Object.entries(module.LDSO.loadedLibsByHandle).filter(([handle]) => handle !== "0");
    const bytes = python.makeMemorySnapshot();
    await fetch("/memory", { method: "POST", body: bytes });
    await fetch("/done", {
      method: "POST", body: JSON.stringify({ order, table, handles: Object.fromEntries(handles.map(([handle, { name }]) => [handle, name])) }),
    });
  } catch (error) {
    await fetch("/failed", { method: "POST", body: String(error?.stack ?? error) });
  }
};
