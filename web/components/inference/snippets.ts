import { FORMATS, type AudioFormat } from "@/lib/api/speech"
import type { Asked } from "./draft"

export const PROGRAMS = ["curl", "python", "openai"] as const
export type Program = (typeof PROGRAMS)[number]

export const FORMAT_NAMES = [...FORMATS, { format: "pcm", name: "PCM", suffix: ".pcm" }] as const
const SUFFIXES = Object.fromEntries(FORMAT_NAMES.map(({ format, suffix }) => [format, suffix])) as Record<AudioFormat, string>

/** Where a key belongs; keys are shown once, when they are made. */
const KEY = "XTTS_KEY"

/** The same speech asked for by a program, in this format: runs as it is once the key is in the environment. */
export function snippetOf(program: Program, origin: string, asked: Asked, format: AudioFormat): string {
  const request = { ...asked, format }
  const body = { ...given(request), stream: undefined }
  const file = JSON.stringify(`speech${SUFFIXES[format]}`)
  if (program === "curl") return curl(origin, body, file)
  if (program === "python") return python(origin, body, file)
  return openai(origin, request, file)
}

function curl(origin: string, body: object, file: string): string {
  return [
    `curl ${shell(`${origin}/api/inference/generate`)} \\`,
    `  -H "Authorization: Bearer $${KEY}" \\`,
    "  -H 'Content-Type: application/json' \\",
    `  --fail-with-body --output ${file} \\`,
    `  --data-raw ${shell(JSON.stringify(body))}`,
  ].join("\n")
}

function python(origin: string, body: object, file: string): string {
  return [
    "import os",
    "",
    "import httpx",
    "",
    "answer = httpx.post(",
    `    ${JSON.stringify(`${origin}/api/inference/generate`)},`,
    `    headers={"Authorization": f"Bearer {os.environ['${KEY}']}"},`,
    `    json=${literal(body)},`,
    "    timeout=600,",
    ")",
    "answer.raise_for_status()",
    `with open(${file}, "wb") as file:`,
    "    file.write(answer.content)",
  ].join("\n")
}

function openai(origin: string, { text, speaker, model, speed, language, format }: Asked, file: string): string {
  return [
    "import os",
    "",
    "from openai import OpenAI",
    "",
    `client = OpenAI(base_url=${JSON.stringify(`${origin}/v1`)}, api_key=os.environ["${KEY}"])`,
    "speech = client.audio.speech.create(",
    `    model=${literal(model)},`,
    `    voice=${literal(speaker)},`,
    `    input=${literal(text)},`,
    `    speed=${speed},`,
    `    response_format="${format}",`,
    `    extra_body={"language": ${literal(language)}},`,
    ")",
    `speech.write_to_file(${file})`,
  ].join("\n")
}

/** What is set; the rest is left to the server. */
const given = (request: Asked) => Object.fromEntries(Object.entries(request).filter(([, value]) => value !== null))

/** One word for a POSIX shell, whatever is in it. */
const shell = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

/** As Python writes it. JSON is Python but for three words, which may stand in texts, too. */
function literal(value: unknown): string {
  if (value === true) return "True"
  if (value === false) return "False"
  if (value === null || value === undefined) return "None"
  if (typeof value !== "object") return JSON.stringify(value)
  const fields = Object.entries(value).filter(([, one]) => one !== undefined)
  return `{\n${fields.map(([name, one]) => `        ${JSON.stringify(name)}: ${literal(one)},\n`).join("")}    }`
}
