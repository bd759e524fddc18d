// Runs in a worker of the building Chromium: Python with NumPy imported, and then its memory, as one file.
// The page that starts it (snapshot.py) passes the runtime's folder and the program to run before the picture is taken.
import { Store, bootToSnapshot } from "./boot.js";

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
