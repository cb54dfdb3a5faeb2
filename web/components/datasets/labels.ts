import { useTranslations } from "use-intl"

/** Names of findings and flags, in the reader's language; a code that the page doesn't know is shown as it is. */
export function useCodeNames() {
  const t = useTranslations("datasets")
  return (code: string) => (t.has(`codes.${code as "no_text"}`) ? t(`codes.${code as "no_text"}`) : code.replaceAll("_", " "))
}

const KINDS = [
  ["Text of", "text"], ["Drop", "drop"], ["Restore version", "restoreVersion"], ["Restore", "restore"], ["Language of", "language"],
  ["Split", "split"], ["Merge", "merge"], ["Trim", "trim"], ["Normalise", "normalise"],
] as const

/** What a change did, in the reader's language: the server's own words are English. */
export function useChangeNames() {
  const t = useTranslations("datasets")
  return (label: string) => {
    const kind = KINDS.find(([start]) => label.startsWith(`${start} `))
    if (!kind) return label
    const what = label.slice(kind[0].length + 1)
    const many = /^(\d+) clips$/.exec(what)
    return t(`changes.${kind[1]}`, { what: many ? t("clips", { n: Number(many[1]) }) : what.replace(" and ", " + ") })
  }
}
