/** Texts of the server, `{}` for what varies, and how they read in another language: `{0}` is the first that varies, `{0#a|b|c}` the form that its number asks for. */
export type Table = Readonly<Record<string, string>>

type Pattern = { match: RegExp; reads: string }

const SENTENCES = /(?<=[.!?]) (?=\S)/
const HOLE = "{}"

/** Translates what the server says. What the table doesn't know stays as it is, sentence by sentence. */
export function translator(table: Table, locale: string): (text: string) => string {
  const plural = new Intl.PluralRules(locale)
  const patterns = Object.entries(table).filter(([text]) => text.includes(HOLE)).sort(([a], [b]) => literal(b) - literal(a)).map(patternOf)
  const known = new Map<string, string>()

  function whole(text: string): string | null {
    const exact = table[text]
    if (exact !== undefined) return exact
    for (const { match, reads } of patterns) {
      const found = match.exec(text)
      if (found) return filled(reads, found.slice(1))
    }
    return null
  }

  function filled(reads: string, parts: string[]): string {
    return reads.replace(/\{(\d)(?:#([^}]*))?\}/g, (_, n: string, forms?: string) => {
      const part = parts[Number(n)] ?? ""
      return forms ? formOf(forms.split("|"), part) : said(part)
    })
  }

  function formOf(forms: string[], number: string): string {
    const at = { one: 0, few: 1, many: 2 }[plural.select(Number.parseFloat(number)) as "one"] ?? 1
    return forms[at] ?? forms[0]!
  }

  function said(text: string): string {
    if (!/[a-z]{2}/i.test(text)) return text
    const before = table[text] ?? known.get(text)
    if (before !== undefined) return before
    const sentences = text.split(SENTENCES)
    const each = sentences.map(whole)
    const now = each.includes(null) ? whole(text) ?? afterName(text) ?? sentences.map((sentence, i) => each[i] ?? sentence).join(" ") : each.join(" ")
    if (known.size > 5000) known.clear()
    known.set(text, now)
    return now
  }
  /** "harbour.mp3: The file is empty." */
  function afterName(text: string): string | null {
    const found = /^(\S[^:]*): ([A-Z].*)$/s.exec(text)
    return found && `${found[1]}: ${said(found[2]!)}`
  }
  return said
}

const literal = (text: string) => text.replaceAll(HOLE, "").length

function patternOf([text, reads]: [string, string]): Pattern {
  const escaped = text.split(HOLE).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
  return { match: new RegExp(`^${escaped.join("(.*?)")}$`, "s"), reads }
}
