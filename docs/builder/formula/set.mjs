// Sets formulas: one JSON line in ({tex, display}), one JSON line out ({svg, mathml} or {error}).
// Runs once a build; the modules are found in the folder given as the first argument.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(process.argv[2] + "/");
const from = (path) => require("mathjax-full/js/" + path);
const { mathjax } = from("mathjax.js");
const { TeX } = from("input/tex.js");
const { SVG } = from("output/svg.js");
const { liteAdaptor } = from("adaptors/liteAdaptor.js");
const { RegisterHTMLHandler } = from("handlers/html.js");
const { SerializedMmlVisitor } = from("core/MmlTree/SerializedMmlVisitor.js");
const { STATE } = from("core/MathItem.js");
for (const name of ["base/Base", "ams/Ams", "boldsymbol/Boldsymbol", "mathtools/Mathtools"])
  from(`input/tex/${name}Configuration.js`);

const adaptor = liteAdaptor();
RegisterHTMLHandler(adaptor);
const tex = new TeX({
  packages: ["base", "ams", "boldsymbol", "mathtools"],
  formatError: (_, error) => { throw error; },
});
const page = mathjax.document("", { InputJax: tex, OutputJax: new SVG({ fontCache: "none" }) });
const mathml = new SerializedMmlVisitor();

function set({ tex, display }) {
  const tree = page.convert(tex, { display, end: STATE.CONVERT });
  const svg = adaptor.innerHTML(page.convert(tex, { display }));
  return { svg, mathml: mathml.visitTree(tree).replace(/\n\s*/g, "") };
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try { answer = set(JSON.parse(line)); } catch (error) { answer = { error: error.message }; }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
