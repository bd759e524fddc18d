"""Runs inside Pyodide: for each archive in /work/source, the same archive in /work/compiled with .pyc files instead of .py files.

The time of import is ruled by compiling, so it is done here, once. The files say "unchecked": nothing looks for a source at import.
"""
import json
import os
import zipfile
from importlib._bootstrap_external import _code_to_hash_pyc

# archive -> {"folder": where its files will stand in the browser, "optimize": as in compile()}
plan = json.load(open("/work/plan.json"))
os.makedirs("/work/compiled", exist_ok=True)

for name, how in plan.items():
    with zipfile.ZipFile(f"/work/source/{name}") as source, zipfile.ZipFile(f"/work/compiled/{name}", "w") as compiled:
        for path in source.namelist():
            data = source.read(path)
            if path.endswith(".py"):
                code = compile(data, how["folder"] + path, "exec", dont_inherit=True, optimize=how["optimize"])
                path, data = path + "c", bytes(_code_to_hash_pyc(code, bytes(8), False))
            compiled.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), data)
