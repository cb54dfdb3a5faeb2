"use client"
import { useEffect, useRef } from "react"
import { useTranslations } from "use-intl"

/** The parts of the page, each with an address of its own: `/settings/#storage`. */
export const SECTIONS = ["models", "keys", "storage", "system", "appearance", "preferences", "compute", "about"] as const

type Name = (typeof SECTIONS)[number]

/** A part of the page, which the address brings into view: what is above it may come later than the browser looks. */
export function Section({ name, children }: { name: Name; children: React.ReactNode }) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const show = () => location.hash === `#${name}` && box.current?.scrollIntoView({ block: "start" })
    show()
    addEventListener("hashchange", show)
    return () => removeEventListener("hashchange", show)
  }, [name])
  return <div ref={box} id={name} className="scroll-mt-5 max-md:scroll-mt-16">{children}</div>
}

export function SectionLinks() {
  const t = useTranslations("settings")
  return (
    <nav aria-label={t("sections")} className="-mx-1 flex flex-wrap gap-1">
      {SECTIONS.map((name) => (
        <a key={name} href={`#${name}`} className="rounded-md px-2.5 py-1 text-[13px] text-muted-foreground outline-none hover:bg-accent hover:text-foreground focus-visible:ring-3 focus-visible:ring-ring/50">{t(`sectionNames.${name}`)}</a>
      ))}
    </nav>
  )
}
