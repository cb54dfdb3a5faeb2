import { InfoIcon } from "lucide-react"
import { useSaid } from "@/lib/i18n/provider"

/** What there is to know of something that worked. */
export function Notices({ notices }: { notices: string[] }) {
  const said = useSaid()
  if (!notices.length) return null
  return (
    <ul className="space-y-1 rounded-lg border bg-muted/40 p-2.5 text-[13px]">
      {notices.map((notice) => (
        <li key={notice} className="flex gap-2">
          <InfoIcon className="mt-0.5 size-3.5 shrink-0 text-muted-foreground" aria-hidden />
          <span className="min-w-0 break-words">{said(notice)}</span>
        </li>
      ))}
    </ul>
  )
}
