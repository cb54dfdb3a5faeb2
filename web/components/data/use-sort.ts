import { useAddress } from "@/hooks/use-address"
import type { Recording } from "@/lib/api/recordings"

export type SortKey = "name" | "duration_s" | "size_bytes" | "created_at"
export type Sort = { by: SortKey; descending: boolean }

const KEYS: readonly string[] = ["name", "duration_s", "size_bytes", "created_at"] satisfies SortKey[]
const NEWEST_FIRST: Sort = { by: "created_at", descending: true }

/** How the recordings are sorted, in the address bar: `?sort=name`, `?sort=-duration_s`. The same column again turns it around. */
export function useSort(): [Sort, (by: SortKey) => void] {
  const [text, setText] = useAddress("sort")
  const by = text?.replace(/^-/, "") ?? ""
  const sort = KEYS.includes(by) ? { by: by as SortKey, descending: text!.startsWith("-") } : NEWEST_FIRST
  const sortBy = (next: SortKey) => {
    const descending = next === sort.by ? !sort.descending : next !== "name" // the longest, largest, newest first
    setText(`${descending ? "-" : ""}${next}`)
  }
  return [sort, sortBy]
}

export function sorted(recordings: Recording[], { by, descending }: Sort): Recording[] {
  const way = descending ? -1 : 1
  return recordings.toSorted((a, b) => way * (by === "name" ? a.name.localeCompare(b.name, undefined, { numeric: true }) : a[by] < b[by] ? -1 : Number(a[by] > b[by])))
}
