"use client"
import { LayersIcon, LoaderIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Player } from "@/components/player"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Skeleton } from "@/components/ui/skeleton"
import { useKept } from "@/hooks/use-kept"
import { speechAudio, type Speech } from "@/lib/api/speech"
import { choiceKey, useJoinTakes, useTakes, type Takes as Found } from "@/lib/api/takes"
import { Download } from "./download"
import { SentenceTakes } from "./takes-of-sentence"

/** Which take of each sentence, by the sentence's number; one that is missing stays as it was. */
type Choice = Record<number, string>
const NONE: Choice = {}

/** What is unfolded; it comes when it is asked for, so that the page itself loads less. */
export function TakesList({ speech }: { speech: Speech }) {
  const takes = useTakes(speech.id)
  if (takes.error) return <Problem error={takes.error} />
  return takes.data ? <Chooser speech={speech} found={takes.data} /> : <Skeleton className="h-24" />
}

function Chooser({ speech, found }: { speech: Speech; found: Found }) {
  const t = useTranslations("takes")
  const [choice, setChoice] = useKept<Choice>(choiceKey(speech.id), NONE)
  const chosen = found.sentences.map((_, sentence) => {
    const kept = choice[sentence]
    return kept !== undefined && found.takes.some(({ id }) => id === kept) ? kept : null
  })
  const choose = (sentence: number, take: string | null) => {
    setChoice((before) => {
      const others = Object.entries(before).filter(([number]) => Number(number) !== sentence)
      return Object.fromEntries(take === null ? others : [...others, [sentence, take]])
    })
  }
  return (
    <>
      <p className="text-xs text-muted-foreground">{t("hint")}</p>
      <ol aria-label={t("sentences")} className="max-h-96 divide-y overflow-y-auto rounded-lg border px-3">
        {found.sentences.map(({ text, audio_s }, sentence) => (
          <SentenceTakes
            key={sentence}
            speechId={speech.id}
            number={sentence}
            text={text}
            seconds={audio_s}
            takes={found.takes.filter((take) => take.sentence === sentence)}
            chosen={chosen[sentence]!}
            onChoose={(take) => choose(sentence, take)}
          />
        ))}
      </ol>
      <Join speech={speech} chosen={chosen} />
    </>
  )
}

function Join({ speech, chosen }: { speech: Speech; chosen: (string | null)[] }) {
  const t = useTranslations("takes")
  const join = useJoinTakes(speech.id)
  const changed = chosen.filter((take) => take !== null).length
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <Button type="button" size="sm" disabled={!changed || join.isPending} onClick={() => join.mutate(chosen)}>
          {join.isPending ? <LoaderIcon className="animate-spin motion-reduce:animate-none" /> : <LayersIcon />}
          {join.isPending ? t("joining") : t("join")}
        </Button>
        <span role="status" className="text-xs text-muted-foreground tabular-nums">{t("chosen", { n: changed })}</span>
      </div>
      <Problem error={join.error} />
      {join.data && (
        <div className="flex flex-wrap items-center gap-2">
          <div className="min-w-56 flex-1"><Player key={join.data.id} src={speechAudio(join.data.id)} seconds={join.data.audio_s} label={t("joined")} /></div>
          <Download speech={join.data} title={t("joined")} />
        </div>
      )}
    </>
  )
}
