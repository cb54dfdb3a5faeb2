import { useTranslations } from "use-intl"
import { Notices } from "@/components/notices"
import type { Speech } from "@/lib/api/speech"

/** What there is to know of a speech: what the server says, and the takes it was put together of. */
export function SpeechNotices({ speech }: { speech: Speech }) {
  const t = useTranslations("takes")
  const others = (speech.joined ?? []).map(({ sentence, seed }) => t("otherTake", { n: sentence + 1, seed }))
  return <Notices notices={[...speech.notices, ...(others.length ? [t("joinedOf", { takes: others.join(", ") })] : [])]} />
}
