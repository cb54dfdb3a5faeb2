"use client"
import { useRouter } from "next/navigation"
import { useEffect } from "react"
import { PAGES } from "./pages"

export type Opened = "menu" | "jobs" | "keys" | null

const FIELDS = "input, textarea, select, [contenteditable], [role=combobox]"
const inField = (target: EventTarget | null) => target instanceof HTMLElement && !!target.closest(FIELDS)

/** Ctrl K anywhere; outside fields g and the letter of a page, g j for the jobs, ? for the keys. */
export function useShellKeys(open: (what: Opened) => void) {
  const router = useRouter()
  useEffect(() => {
    let before = ""
    const onKey = (event: KeyboardEvent) => {
      const key = event.key.toLowerCase()
      const withControl = event.metaKey || event.ctrlKey
      const first = before
      before = withControl ? "" : key
      if (withControl && key === "k") {
        event.preventDefault()
        open("menu")
      }
      if (withControl || event.altKey || event.defaultPrevented || inField(event.target)) return
      const page = PAGES.find((one) => one.key === key)
      if (first === "g" && page) router.push(page.href)
      else if (first === "g" && key === "j") open("jobs")
      else if (key === "?") open("keys")
    }
    addEventListener("keydown", onKey)
    return () => removeEventListener("keydown", onKey)
  }, [open, router])
}
