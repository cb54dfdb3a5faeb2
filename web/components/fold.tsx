"use client"
import { ChevronRightIcon } from "lucide-react"
import { useState } from "react"
import { Badge } from "@/components/ui/badge"

type Props = { title: string; note?: string; open?: boolean; children: React.ReactNode }

/** What most leave as it is, folded away; `note` says beside the title what is different in there. `open` unfolds it; only its reader folds it again. */
export function Fold({ title, note, open = false, children }: Props) {
  const [wanted, setWanted] = useState(open)
  const [opened, setOpened] = useState(open)
  if (open !== wanted) {
    setWanted(open)
    if (open) setOpened(true)
  }
  return (
    <details className="group" open={opened} onToggle={(event) => setOpened(event.currentTarget.open)}>
      <summary className="flex list-none items-center gap-1.5 rounded-sm text-sm font-medium outline-none focus-visible:ring-3 focus-visible:ring-ring/50 [&::-webkit-details-marker]:hidden">
        <ChevronRightIcon className="size-4 shrink-0 text-muted-foreground transition-transform group-open:rotate-90" aria-hidden />
        <span>{title}</span>
        {note && <Badge className="ml-auto">{note}</Badge>}
      </summary>
      <div className="mt-4 space-y-4">{children}</div>
    </details>
  )
}
