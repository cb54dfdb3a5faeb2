/** Prints the words that a person would read or hear and that stand in components instead of a dictionary: `file:line: words`. */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"

const [web, ...files] = process.argv.slice(2)
const ts = createRequire(`${web}/package.json`)("typescript")
const SPOKEN = new Set(["aria-label", "aria-description", "placeholder", "title", "alt", "label", "hint", "text", "action", "subtitle"])
const WORD = /\p{L}{2,}/u

for (const file of files) {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX)
  const tell = (node, text) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart())
    if (WORD.test(text)) console.log(`${file}:${line + 1}: ${text.trim()}`)
  }
  const visit = (node) => {
    if (ts.isJsxText(node)) tell(node, node.text)
    if (ts.isJsxExpression(node) && !ts.isJsxAttribute(node.parent)) tellStrings(node.expression)
    if (ts.isJsxAttribute(node) && SPOKEN.has(node.name.getText()) && node.initializer) tellStrings(node.initializer)
    ts.forEachChild(node, visit)
  }
  const tellStrings = (node) => {
    if (!node) return
    if (ts.isJsxExpression(node) || ts.isParenthesizedExpression(node)) return tellStrings(node.expression)
    if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse].forEach(tellStrings)
    if (ts.isBinaryExpression(node)) return tellStrings(node.right)
    if (ts.isStringLiteralLike(node)) return tell(node, node.text)
    if (ts.isTemplateExpression(node)) [node.head, ...node.templateSpans.map((span) => span.literal)].forEach((part) => tell(part, part.text))
  }
  visit(source)
}
