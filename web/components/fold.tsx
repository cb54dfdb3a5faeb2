import { ChevronRightIcon } from "lucide-react"
import { Badge } from "@/components/ui/badge"

type Props = { title: string; note?: string; children: React.ReactNode }

/** What most leave as it is, folded away; `note` says beside the title what is different in there. */
export function Fold({ title, note, children }: Props) {
  return (
    <details className="group">
      <summary className="flex list-none items-center gap-1.5 rounded-sm text-sm font-medium outline-none focus-visible:ring-3 focus-visible:ring-ring/50 [&::-webkit-details-marker]:hidden">
        <ChevronRightIcon className="size-4 shrink-0 text-muted-foreground transition-transform group-open:rotate-90" aria-hidden />
        {title}
        {note && <Badge className="ml-auto">{note}</Badge>}
      </summary>
      <div className="mt-4 space-y-4">{children}</div>
    </details>
  )
}
