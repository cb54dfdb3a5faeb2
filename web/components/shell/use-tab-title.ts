"use client"
import { usePathname } from "next/navigation"
import { useEffect } from "react"
import { useTranslations } from "use-intl"
import { useJobs } from "./jobs-context"
import { pageOf } from "./pages"

/** The tab tells the page, and how far the work is that runs: "43 % · Training · XTTS Studio". */
export function useTabTitle() {
  const t = useTranslations("common")
  const nav = useTranslations("nav")
  const page = pageOf(usePathname())
  const running = useJobs().jobs.filter((job) => job.state === "running")
  const job = running.at(-1) // the one that has run longest
  const what = job ? `${Math.round(job.progress * 100)} % · ${t(`steps.${job.step as "train"}`)}` : page && nav(page.name)
  const title = [what, t("name")].filter(Boolean).join(" · ")

  useEffect(() => {
    document.title = title
    // a change of the page brings the title of its file with it, after this
    const changed = new MutationObserver(() => document.title !== title && (document.title = title))
    changed.observe(document.head, { subtree: true, childList: true, characterData: true })
    return () => changed.disconnect()
  }, [title])
}
