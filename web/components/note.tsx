import { TriangleAlertIcon } from "lucide-react"

/** Something to know before going on: what is so, what to do, and perhaps a link as `children`. */
export function Note({ title, hint, children }: { title: string; hint: string; children?: React.ReactNode }) {
  return (
    <div role="note" className="flex gap-2.5 rounded-lg border border-warning/40 bg-warning/5 p-3 text-sm [&_a]:font-medium [&_a]:text-primary [&_a]:underline [&_a]:underline-offset-4">
      <TriangleAlertIcon className="mt-0.5 size-4 shrink-0 text-warning" aria-hidden />
      <p className="min-w-0 break-words"><span className="font-medium">{title}</span> {hint} {children}</p>
    </div>
  )
}
