"use client"
import { ListChecksIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { DialogHead } from "@/components/dialog-head"
import { Dialog } from "@/components/ui/dialog"
import { Empty } from "@/components/ui/empty"
import { SheetContent } from "@/components/ui/sheet"
import type { Job } from "@/lib/api/jobs"
import { JobRow } from "./job-row"
import { useJobs } from "./jobs-context"

const GROUPS = [
  { title: "running", of: (job: Job) => job.state === "running" },
  { title: "queued", of: (job: Job) => job.state === "queued" },
  { title: "unfinished", of: (job: Job) => job.state === "failed" || job.state === "interrupted" },
  { title: "ended", of: (job: Job) => job.state === "succeeded" || job.state === "cancelled" },
] as const

/** All work in the background: what runs, what waits, what went wrong and why, what has ended. */
export function JobsDrawer({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const t = useTranslations("jobs")
  const { jobs } = useJobs()
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <SheetContent>
        <DialogHead className="border-b p-4" title={t("title")}>{t("about")}</DialogHead>
        <div className="min-h-0 flex-1 space-y-5 overflow-y-auto p-4">
          {jobs.length === 0 && <Empty icon={<ListChecksIcon aria-hidden />} title={t("none")} hint={t("noneAbout")} />}
          {GROUPS.map(({ title, of }) => {
            const those = jobs.filter(of)
            return those.length > 0 && (
              <section key={title} aria-labelledby={`jobs-${title}`} className="space-y-2">
                <h3 id={`jobs-${title}`} className="text-xs font-medium text-muted-foreground">{t(title, { n: those.length })}</h3>
                <ul className="space-y-2">
                  {those.map((job) => <li key={job.id}><JobRow job={job} onLeave={() => onOpenChange(false)} /></li>)}
                </ul>
              </section>
            )
          })}
        </div>
      </SheetContent>
    </Dialog>
  )
}
