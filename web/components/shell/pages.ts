import { AudioWaveformIcon, ChartLineIcon, SettingsIcon, SpeechIcon } from "lucide-react"

/** The pages of the studio, in the order of the work; `key` follows g on the keyboard. */
export const PAGES = [
  { name: "data", href: "/data-processing/", icon: AudioWaveformIcon, key: "d" },
  { name: "training", href: "/training/", icon: ChartLineIcon, key: "t" },
  { name: "inference", href: "/inference/", icon: SpeechIcon, key: "i" },
  { name: "settings", href: "/settings/", icon: SettingsIcon, key: "s" },
] as const

export const pageOf = (path: string) => PAGES.find(({ href }) => path.startsWith(href))
