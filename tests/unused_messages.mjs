/** Prints the messages that nothing in web/ asks for: `file: key`. Keys that are computed count by what of them is written. */
import { readdirSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { basename, join } from "node:path"

const [web] = process.argv.slice(2)
const ts = createRequire(`${web}/package.json`)("typescript")
const MESSAGES = join(web, "lib", "i18n", "messages")
const ANY = "[\\w-]+"

const parsed = (file) => ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX)
const sources = ["app", "components", "hooks", "lib"].flatMap((folder) =>
  readdirSync(join(web, folder), { recursive: true, withFileTypes: true })
    .filter((one) => /\.tsx?$/.test(one.name) && one.name !== "schema.d.ts" && !one.parentPath.startsWith(MESSAGES))
    .map((one) => join(one.parentPath, one.name)))

/** What a file writes that may be keys: strings, names of properties, templates in calls; and the namespaces it asks (none: any). */
function read(file) {
  const [words, patterns, namespaces] = [new Set(), new Set(), new Set()]
  const collect = (node) => {
    if (ts.isStringLiteralLike(node)) words.add(node.text)
    if (ts.isPropertyAssignment(node) || ts.isPropertySignature(node)) words.add(node.name.text)
    if (ts.isTemplateExpression(node) && isArgument(node)) patterns.add(patternOf(node))
    if (ts.isCallExpression(node) && node.expression.getText() === "useTranslations") node.arguments.forEach((one) => namespaces.add(one.text))
    ts.forEachChild(node, collect)
  }
  collect(parsed(file))
  return { words, namespaces, computed: [...patterns].filter((one) => /[a-z]/i.test(one.replaceAll(ANY, ""))).map((one) => new RegExp(`^${one}$`)) }
}
const patternOf = (node) => [node.head, ...node.templateSpans.map((span) => span.literal)].map((part) => part.text.replace(/[^\w-]/g, "\\$&")).join(ANY)
function isArgument(node) {
  while (ts.isAsExpression(node.parent)) node = node.parent
  return ts.isCallExpression(node.parent)
}

/** Words may be handed on (a list of names in a file of its own), so a namespace hears those of files that ask for none, too. */
const files = sources.map(read)
const askers = (namespace) => files.filter(({ namespaces }) => !namespaces.size || namespaces.has(namespace))
const used = (key, among) => among.some(({ words, computed }) => words.has(key) || computed.some((one) => one.test(key)))

function tell(name, node, path, among) {
  for (const entry of node.properties.filter(ts.isPropertyAssignment)) {
    const key = [...path, entry.name.text]
    if (ts.isObjectLiteralExpression(entry.initializer)) tell(name, entry.initializer, key, among)
    else if (!used(key.join("."), among)) console.log(`${name}: ${key.join(".")}`)
  }
}
/** Files whose words are part of another namespace (`...xray.words`) are asked for by its name. */
const PART_OF = { xray: "datasets" }
for (const name of readdirSync(join(MESSAGES, "en")).filter((name) => name !== "index.ts")) {
  const namespace = basename(name, ".ts")
  const among = askers(PART_OF[namespace] ?? namespace)
  const find = (node) => (ts.isObjectLiteralExpression(node) ? tell(name, node, [], among) : ts.forEachChild(node, find))
  find(parsed(join(MESSAGES, "en", name)))
}
