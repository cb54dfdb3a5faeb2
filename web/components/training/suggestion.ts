import { useSettings, useSystem } from "@/lib/api/settings"
import type { Method } from "@/lib/api/training"

const LITTLE_S = 30 * 60

/** The way to train that suits, and why. */
export type Suggestion = { method: Method; why: "noGpu" | "little" | "much" }

/** What suits so much speech on this machine; null until both are known. A GPU on Modal is one. */
export function useSuggestion(speech_s: number | undefined): Suggestion | null {
  const system = useSystem()
  const settings = useSettings()
  if (speech_s === undefined || system.isPending || settings.isPending) return null
  const gpu = settings.data?.compute === "modal" || !!system.data?.devices.some((device) => device.id !== "cpu")
  if (!gpu) return { method: "lora", why: "noGpu" }
  return speech_s < LITTLE_S ? { method: "lora", why: "little" } : { method: "full", why: "much" }
}
