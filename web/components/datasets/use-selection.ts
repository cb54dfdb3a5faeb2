import { useQueryClient } from "@tanstack/react-query"
import { useState } from "react"
import { datasetKey, listFiles, type View } from "@/lib/api/datasets"

const NONE: ReadonlySet<string> = new Set()

/** The clips that are selected, by file; ranges and all of a view are asked of the server, be they shown or not. */
export function useSelection(name: string, view: View, onError: (error: unknown) => void) {
  const client = useQueryClient()
  const [selected, setSelected] = useState(NONE)
  const [anchor, setAnchor] = useState<number | null>(null)
  const viewKey = JSON.stringify(view)
  const [shownKey, setShownKey] = useState(viewKey)
  const clear = () => {
    setAnchor(null)
    setSelected(NONE)
  }
  if (viewKey !== shownKey) {
    setShownKey(viewKey)
    clear() // nobody changes what they don't see
  }
  const files = () => client.fetchQuery({ queryKey: [...datasetKey(name), "files", view], queryFn: () => listFiles(name, view), staleTime: 10_000 })

  const toggle = (file: string, index: number) => {
    setAnchor(index)
    setSelected((before) => {
      const after = new Set(before)
      if (!after.delete(file)) after.add(file)
      return after
    })
  }
  /** From the clip that was selected last to this one. */
  const extend = async (index: number) => {
    const from = anchor ?? index
    try {
      const range = (await files()).slice(Math.min(from, index), Math.max(from, index) + 1)
      setSelected((before) => new Set([...before, ...range]))
    } catch (error) {
      onError(error)
    }
  }
  const all = async () => {
    try {
      setSelected(new Set(await files()))
    } catch (error) {
      onError(error)
    }
  }
  const without = (files: readonly string[]) => setSelected((before) => new Set([...before].filter((file) => !files.includes(file))))
  return { selected, without, toggle, extend: (index: number) => void extend(index), all: () => void all(), clear }
}
