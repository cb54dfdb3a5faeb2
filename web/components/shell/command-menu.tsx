"use client"
import { AudioLinesIcon, BoxIcon, FlaskConicalIcon, FootprintsIcon, KeyboardIcon, LanguagesIcon, LayersIcon, ListChecksIcon, LogOutIcon, MicIcon, SunMoonIcon } from "lucide-react"
import { useTheme } from "next-themes"
import { useRouter } from "next/navigation"
import { useTranslations } from "use-intl"
import { CommandDialog, CommandEmpty, CommandGroup, CommandInput, CommandItem, CommandList } from "@/components/ui/command"
import { useDatasets } from "@/lib/api/datasets"
import { useModels } from "@/lib/api/models"
import { useRecordings } from "@/lib/api/recordings"
import { useTrainingRuns } from "@/lib/api/training"
import { useSpeakers } from "@/lib/api/voices"
import { setLocale, useLocaleName } from "@/lib/i18n/provider"
import { putFirstStepsAway } from "@/lib/put-away"
import { PAGES } from "./pages"
import type { Opened } from "./use-shell-keys"
import { useSignOut } from "./use-sign-out"

const MOST = 200 // of each kind: more nobody reads, and typing must stay quick

type Entry = { id: string; label: string; href: string }

/** Ctrl K: go to a page, a recording, a dataset, a run, a voice or a model by its name; do what is done everywhere. */
export function CommandMenu({ onClose, onOpen }: { onClose: () => void; onOpen: (what: Opened) => void }) {
  const t = useTranslations("common")
  const nav = useTranslations("nav")
  const shell = useTranslations("shell")
  const first = useTranslations("first")
  const router = useRouter()
  const leave = useSignOut()
  const locale = useLocaleName()
  const { resolvedTheme, setTheme } = useTheme()
  const things = useThings()
  const go = (href: string) => {
    onClose()
    router.push(href)
  }
  const then = (act: () => void) => () => {
    onClose()
    act()
  }
  const other = locale === "en" ? "ru" : "en"
  return (
    <CommandDialog open onOpenChange={(open) => !open && onClose()} title={t("menu")}>
      <CommandInput placeholder={t("goTo")} />
      <CommandList>
        <CommandEmpty className="p-4 text-center text-sm text-muted-foreground">{t("nothingFound")}</CommandEmpty>
        <CommandGroup heading={shell("pages")}>
          {PAGES.map(({ name, href, icon: Icon }) => <CommandItem key={href} value={nav(name)} onSelect={() => go(href)}><Icon aria-hidden /> {nav(name)}</CommandItem>)}
        </CommandGroup>
        <CommandGroup heading={shell("actions")}>
          <CommandItem onSelect={then(() => onOpen("jobs"))}><ListChecksIcon aria-hidden /> {shell("showJobs")}</CommandItem>
          <CommandItem onSelect={() => { putFirstStepsAway(false); go("/data-processing/") }}><FootprintsIcon aria-hidden /> {first("bringBack")}</CommandItem>
          <CommandItem onSelect={then(() => onOpen("keys"))}><KeyboardIcon aria-hidden /> {shell("keys")}</CommandItem>
          <CommandItem onSelect={then(() => setTheme(resolvedTheme === "dark" ? "light" : "dark"))}><SunMoonIcon aria-hidden /> {shell(resolvedTheme === "dark" ? "light" : "dark")}</CommandItem>
          <CommandItem onSelect={then(() => setLocale(other))}><LanguagesIcon aria-hidden /> <span lang={other}>{shell("otherLanguage")}</span></CommandItem>
          <CommandItem onSelect={then(leave)}><LogOutIcon aria-hidden /> {t("signOut")}</CommandItem>
        </CommandGroup>
        {things.map(({ kind, icon: Icon, entries }) => entries.length > 0 && (
          <CommandGroup key={kind} heading={shell(`kinds.${kind}`)}>
            {entries.slice(0, MOST).map(({ id, label, href }) => (
              <CommandItem key={id} value={`${label} ${kind} ${id}`} onSelect={() => go(href)}><Icon aria-hidden /> <span className="truncate">{label}</span></CommandItem>
            ))}
          </CommandGroup>
        ))}
      </CommandList>
    </CommandDialog>
  )
}

/** What is in the workspace, by name; asked of the server when the menu opens. */
function useThings() {
  const recordings = useRecordings().data ?? []
  const datasets = useDatasets().data ?? []
  const runs = useTrainingRuns().data?.runs ?? []
  const voices = useSpeakers().data?.speakers ?? []
  const models = useModels().data?.models ?? []
  const at = (page: string, key: string, value: string) => `${page}?${key}=${encodeURIComponent(value)}`
  const groups: { kind: "recordings" | "datasets" | "runs" | "voices" | "models"; icon: typeof MicIcon; entries: Entry[] }[] = [
    { kind: "recordings", icon: MicIcon, entries: recordings.map(({ id, name }) => ({ id, label: name, href: at("/data-processing/", "recording", id) })) },
    { kind: "datasets", icon: LayersIcon, entries: datasets.map(({ name }) => ({ id: name, label: name, href: at("/data-processing/", "dataset", name) })) },
    { kind: "runs", icon: FlaskConicalIcon, entries: runs.map(({ job }) => ({ id: job.id, label: String(job.request.name), href: at("/training/run/", "id", job.id) })) },
    { kind: "voices", icon: AudioLinesIcon, entries: voices.map(({ name }) => ({ id: name, label: name, href: "/inference/" })) },
    { kind: "models", icon: BoxIcon, entries: models.filter((one) => one.present).map(({ name, kind }) => ({ id: `${kind} ${name}`, label: name, href: "/settings/#models" })) },
  ]
  return groups
}
