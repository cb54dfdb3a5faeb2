"use client"
import { AudioLinesIcon, SearchIcon } from "lucide-react"
import dynamic from "next/dynamic"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { Kbd } from "@/components/ui/kbd"
import { AccountMenu } from "./account-menu"
import { ConnectionBar } from "./connection-bar"
import { JobsProvider } from "./jobs-context"
import { Navigation } from "./navigation"
import { Status } from "./status"
import { useShellKeys, type Opened } from "./use-shell-keys"
import { useTabTitle } from "./use-tab-title"

// what opens over the page is fetched when it is first wanted
const CommandMenu = dynamic(() => import("./command-menu").then((module) => module.CommandMenu), { ssr: false })
const JobsDrawer = dynamic(() => import("./jobs-drawer").then((module) => module.JobsDrawer), { ssr: false })
const KeysSheet = dynamic(() => import("./keys-sheet").then((module) => module.KeysSheet), { ssr: false })

/** What is around every page: where one can go, what is under way, who is here. */
export function AppShell({ children }: { children: React.ReactNode }) {
  return <JobsProvider><Frame>{children}</Frame></JobsProvider>
}

function Frame({ children }: { children: React.ReactNode }) {
  const t = useTranslations("common")
  const [opened, open] = useState<Opened>(null)
  useShellKeys(open)
  useTabTitle()
  const close = () => open(null)
  return (
    <div className="min-h-svh md:grid md:grid-cols-[15rem_minmax(0,1fr)]">
      <a href="#main" className="sr-only focus:not-sr-only focus:fixed focus:z-50 focus:m-2 focus:rounded-md focus:bg-card focus:p-2">{t("skip")}</a>
      <header className="sticky top-0 z-20 flex flex-col gap-4 border-r bg-sidebar p-3 max-md:flex-row max-md:items-center max-md:gap-1 max-md:border-r-0 max-md:border-b md:h-svh">
        <div className="flex items-center gap-2 px-2 py-1 font-semibold tracking-tight max-md:px-1">
          <span className="grid size-7 place-items-center rounded-lg bg-primary text-primary-foreground"><AudioLinesIcon className="size-4" aria-hidden /></span>
          <span className="max-md:sr-only">{t("name")}</span>
        </div>
        <button
          type="button"
          onClick={() => open("menu")}
          className="flex h-8 items-center gap-2 rounded-md border bg-card px-2.5 text-[13px] text-muted-foreground shadow-xs outline-none hover:text-foreground focus-visible:ring-3 focus-visible:ring-ring/50 max-md:hidden"
        >
          <SearchIcon className="size-3.5" aria-hidden /> {t("search")} <Kbd className="ml-auto">Ctrl K</Kbd>
        </button>
        <Navigation />
        <div className="mt-auto space-y-1 max-md:mt-0 max-md:ml-auto max-md:flex max-md:items-center max-md:space-y-0">
          <Status onOpenJobs={() => open("jobs")} />
          <AccountMenu onOpenKeys={() => open("keys")} />
        </div>
      </header>
      <div className="min-w-0">
        <ConnectionBar />
        <main id="main" tabIndex={-1} className="mx-auto w-full max-w-6xl px-4 py-8 outline-none md:px-8">{children}</main>
      </div>
      {opened === "menu" && <CommandMenu onClose={close} onOpen={open} />}
      {opened === "jobs" && <JobsDrawer open onOpenChange={close} />}
      {opened === "keys" && <KeysSheet open onOpenChange={close} />}
    </div>
  )
}
