import WaveSurfer from "wavesurfer.js"
import HoverPlugin from "wavesurfer.js/plugins/hover"
import MinimapPlugin from "wavesurfer.js/plugins/minimap"
import RegionsPlugin from "wavesurfer.js/plugins/regions"
import TimelinePlugin from "wavesurfer.js/plugins/timeline"
import { recordingAudio, type Peaks } from "@/lib/api/recordings"
import { clock } from "@/lib/utils"
import { token, WAVE_HEIGHT } from "./paint-plan"

export type Regions = ReturnType<typeof RegionsPlugin.create>
const LONG_S = 1800
const HALF_HOURS = { timeInterval: 300, primaryLabelInterval: 1800, secondaryLabelInterval: 1800 } // else labels overlap

/** The waveform of a recording in `container`; the sound itself streams, nothing is decoded here. */
export function createWave(container: HTMLElement, id: string, duration_s: number, peaks: Peaks): { ws: WaveSurfer; regions: Regions } {
  const regions = RegionsPlugin.create()
  const colors = { waveColor: token("--wave"), progressColor: token("--wave-played") }
  const ws = WaveSurfer.create({
    ...colors,
    container,
    height: WAVE_HEIGHT,
    peaks,
    duration: duration_s,
    url: recordingAudio(id),
    cursorColor: token("--foreground"),
    cursorWidth: 1,
    normalize: true,
    dragToSeek: false, // dragging chooses a range
    ...(duration_s < 600 ? { barWidth: 2, barGap: 1, barRadius: 2 } : {}),
    plugins: [
      regions,
      TimelinePlugin.create({
        height: 18,
        formatTimeCallback: (seconds) => clock(seconds),
        style: { fontSize: "11px", color: token("--muted-foreground") },
        ...(duration_s > LONG_S ? HALF_HOURS : {}),
      }),
      HoverPlugin.create({ formatTimeCallback: (seconds) => clock(seconds, 1), labelSize: 11 }),
      MinimapPlugin.create({ ...colors, height: 28 }),
    ],
  })
  return { ws, regions }
}
