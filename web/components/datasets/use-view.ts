import { useSearchParams } from "next/navigation"
import { useCallback, useEffect, useState } from "react"
import { changeAddress } from "@/hooks/use-address"
import type { View } from "@/lib/api/datasets"

type Filter = Partial<View>

const WORDS = ["q", "state", "light", "finding", "flag", "order"] as const
export const VIEW_IN_ADDRESS = [...WORDS, "has_text", "from"]

/** Which clips of a dataset are shown, in the address bar; `usual` is the order that nobody chose. */
export function useView(usual: View["order"]): [View, (change: Filter) => void, () => void] {
  const asked = useSearchParams().get("flag")
  const [filter, setFilter] = useState<Filter>(read)
  const [seen, setSeen] = useState(asked)
  if (asked !== seen) {
    setSeen(asked) // a link to some of the clips, also while the dataset is shown already
    if (asked && asked !== filter.flag) setFilter({ flag: asked })
  }
  useEffect(() => {
    const { has_text, recording } = filter
    changeAddress({ ...Object.fromEntries(WORDS.map((name) => [name, filter[name]])), has_text: has_text === undefined ? null : String(has_text), from: recording })
  }, [filter])
  const change = useCallback((next: Filter) => setFilter((before) => ({ ...before, ...next })), [])
  const showAll = useCallback(() => setFilter(({ order }) => (order ? { order } : {})), [])
  return [{ ...filter, order: filter.order ?? usual }, change, showAll]
}

/** What the address asks for; the server refuses what it doesn't know, and the list then says so. */
function read(): Filter {
  const query = new URLSearchParams(window.location.search)
  const words = Object.fromEntries(WORDS.flatMap((name) => (query.get(name) ? [[name, query.get(name)]] : [])))
  const has_text = query.get("has_text")
  return { ...words, ...(has_text && { has_text: has_text === "true" }), ...(query.get("from") && { recording: query.get("from")! }) } as Filter
}
