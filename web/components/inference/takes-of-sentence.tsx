"use client"
import { LoaderIcon, PauseIcon, PlayIcon, PlusIcon, SquareIcon, Trash2Icon } from "lucide-react"
import { useId, useRef, useState } from "react"
import { useTranslations } from "use-intl"
import { Confirm } from "@/components/confirm"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { useQueuePosition } from "@/lib/api/speech"
import { sentenceAudio, takeAudio, useDeleteTake, useMakeTake, type Take } from "@/lib/api/takes"
import { TakeRadios } from "./takes-radios"

type Props = {
  speechId: string
  number: number
  text: string
  seconds: number
  takes: Take[]
  chosen: string | null
  onChoose: (take: string | null) => void
}

/** One sentence with its takes: the first is the speech's own. Choosing one plays it. */
export function SentenceTakes({ speechId, number, text, seconds, takes, chosen, onChoose }: Props) {
  const t = useTranslations("takes")
  const n = number + 1
  const words = useId()
  const make = useMakeTake(speechId, number)
  const { audio, playing, setPlaying, begun, failed, play, pause } = useSound()
  const sourceOf = (id: string | null) => {
    const take = takes.find((one) => one.id === id)
    return take ? takeAudio(take) : sentenceAudio(speechId, number)
  }
  const choose = (id: string | null) => {
    onChoose(id)
    play(sourceOf(id))
  }
  const another = () => make.mutate(undefined, { onSuccess: (take) => { onChoose(take.id); play(takeAudio(take)) } })
  return (
    <li aria-label={t("sentence", { n })} className="space-y-2 py-2.5">
      <audio ref={audio} preload="none" onPlay={begun} onPause={() => setPlaying(false)} />
      <p id={words} dir="auto" className="text-sm break-words">{text}</p>
      <div className="flex flex-wrap items-center gap-2">
        <Button type="button" size="icon-sm" variant="outline" aria-label={t(playing ? "pause" : "play", { n })} onClick={() => playing ? pause() : play(sourceOf(chosen))}>
          {playing ? <PauseIcon /> : <PlayIcon />}
        </Button>
        <TakeRadios label={t("takesOf", { n })} describedBy={words} seconds={[seconds, ...takes.map((take) => take.audio_s)]} ids={[null, ...takes.map(({ id }) => id)]} chosen={chosen} onChoose={choose} />
        {make.isPending ? (
          <Button type="button" size="sm" variant="ghost" aria-label={t("stopOf", { n })} onClick={make.stop}><SquareIcon />{t("stop")}</Button>
        ) : (
          <Button type="button" size="sm" variant="ghost" aria-label={t("anotherOf", { n })} onClick={another}><PlusIcon />{t("another")}</Button>
        )}
        {chosen !== null && <DeleteTake speechId={speechId} id={chosen} n={n} take={takes.findIndex(({ id }) => id === chosen) + 2} onDeleted={() => { pause(); onChoose(null) }} />}
        {make.isPending && <Spoken n={n} requestId={make.waiting} />}
      </div>
      {failed && <p role="alert" className="text-xs text-destructive">{t("unplayable")}</p>}
      <Problem error={make.error} />
    </li>
  )
}

/** The take that is spoken now, or its place in the queue. */
function Spoken({ n, requestId }: { n: number; requestId: string | null }) {
  const t = useTranslations("takes")
  const inference = useTranslations("inference")
  const position = useQueuePosition(requestId)
  return (
    <span role="status" className="flex items-center gap-1.5 text-xs text-muted-foreground">
      <LoaderIcon className="size-4 animate-spin motion-reduce:animate-none" aria-hidden />{position ? inference("queued", { n: position - 1 }) : t("speaking", { n })}
    </span>
  )
}

type DeleteProps = { speechId: string; id: string; n: number; take: number; onDeleted: () => void }

/** Deletes the take that is chosen; the sentence is then chosen as it was. */
function DeleteTake({ speechId, id, n, take, onDeleted }: DeleteProps) {
  const t = useTranslations("takes")
  const common = useTranslations("common")
  const remove = useDeleteTake(speechId)
  return (
    <>
      <Confirm title={t("deleteTitle", { n, take })} text={t("deleteHint")} action={common("delete")} onConfirm={() => remove.mutate(id, { onSuccess: onDeleted })}>
        <Button type="button" size="icon-sm" variant="ghost" disabled={remove.isPending} aria-label={t("deleteOf", { n, take })}><Trash2Icon /></Button>
      </Confirm>
      <Problem error={remove.error} />
    </>
  )
}

let heard: HTMLAudioElement | null = null

/** One sound of the takes at a time: where another begins, this one stops. */
function useSound() {
  const audio = useRef<HTMLAudioElement>(null)
  const [playing, setPlaying] = useState(false)
  const [failed, setFailed] = useState(false)
  const play = (src: string) => {
    if (!audio.current) return
    if (audio.current.getAttribute("src") !== src) audio.current.src = src
    setFailed(false)
    audio.current.play().catch((error: Error) => setFailed(error.name === "NotSupportedError"))
  }
  const begun = () => {
    if (heard !== audio.current) heard?.pause()
    heard = audio.current
    setPlaying(true)
  }
  return { audio, playing, setPlaying, begun, failed, play, pause: () => audio.current?.pause() }
}
