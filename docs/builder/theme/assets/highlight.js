// Colours for Python that the reader has changed, with Pygments' class names, so that an edited line looks like its neighbours.

const KEYWORDS = new Set("as assert async await break class continue def del elif else except finally for from global if import lambda nonlocal pass raise return try while with yield".split(" "));
const CONSTANTS = new Set(["False", "None", "True"]);
const WORD_OPERATORS = new Set(["and", "in", "is", "not", "or"]);
const BUILTINS = new Set("abs all any bool dict enumerate filter float getattr hasattr int isinstance iter len list map max min next open print range repr reversed round set setattr slice sorted str sum super tuple type zip".split(" "));
const TOKENS = new RegExp([
  /(?<c1>#.*)/,
  /(?<sd>[rRbBfFuU]{0,2}(?:"""[^]*?(?:"""|(?![^]))|'''[^]*?(?:'''|(?![^]))))/,
  /(?<s2>[rRbBfFuU]{0,2}(?:"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))/,
  /(?<mi>\b(?:0[xXbBoO][\da-fA-F_]+|\d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?\d+)?j?)|\.\d[\d_]*(?:[eE][+-]?\d+)?)/,
  /(?<nd>(?<=^[ \t]*)@[\w.]+)/,
  /(?<word>[\p{L}_][\p{L}\p{N}_]*)/,
  /(?<o>[-+*\/%@&|^~<>=!]+|:=)/,
  /(?<p>[()[\]{},:;.])/,
].map(part => part.source).join("|"), "gmu");

/** Replace the element's content by the code, coloured. Only text and spans are made: code is never taken for HTML. */
export function highlight(element, code) {
  const parts = [];
  let end = 0;
  for (const match of code.matchAll(TOKENS)) {
    if (match.index > end) parts.push(code.slice(end, match.index));
    end = match.index + match[0].length;
    const [kind] = Object.entries(match.groups).find(([, text]) => text !== undefined);
    const name = kind === "word" ? wordClass(match[0]) : kind;
    if (name) parts.push(span(name, match[0]));
    else parts.push(match[0]);
  }
  parts.push(code.slice(end));
  element.replaceChildren(...parts);
}

function wordClass(word) {
  if (KEYWORDS.has(word)) return "k";
  if (CONSTANTS.has(word)) return "kc";
  if (WORD_OPERATORS.has(word)) return "ow";
  return BUILTINS.has(word) ? "nb" : "n";
}

function span(name, text) {
  const element = document.createElement("span");
  element.className = name;
  element.textContent = text;
  return element;
}
