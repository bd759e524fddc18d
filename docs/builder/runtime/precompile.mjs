// Starts Pyodide in Node and has it compile Python: `node precompile.mjs <folder with Pyodide> <folder with work> <precompile.py>`.
// The byte code must come from the very Python that will load it.
import { readFileSync } from "node:fs"
import { pathToFileURL } from "node:url"

const [pyodideFolder, workFolder, program] = process.argv.slice(2)
const { loadPyodide } = await import(pathToFileURL(`${pyodideFolder}/pyodide.mjs`))
// Without columns for tracebacks, of which readers see only those of their own code: files that are smaller are read sooner.
const python = await loadPyodide({ indexURL: pyodideFolder, env: { PYTHONNODEBUGRANGES: "1" } })
python.FS.mkdir("/work")
python.FS.mount(python.FS.filesystems.NODEFS, { root: workFolder }, "/work")
python.runPython(readFileSync(program, "utf8"))
