/** The endings of the files that are taken out of a folder; a file that was chosen itself is always sent. */
export const SOUND_ENDINGS = [".wav", ".mp3", ".flac", ".ogg", ".oga", ".opus", ".m4a", ".aac", ".aiff", ".webm", ".mp4"]

/**
 * The files that were dropped: those named themselves, and of folders the sounds, however deep, ordered by name. Call it
 * within the event: the browser forgets what was dropped when it ends.
 */
export async function droppedFiles(dropped: DataTransfer) {
  const entries = Array.from(dropped.items, (item) => item.webkitGetAsEntry?.() ?? null)
  const files = Array.from(dropped.files)
  const folders = entries.filter((entry): entry is FileSystemDirectoryEntry => !!entry?.isDirectory)
  if (!folders.length) return files
  const named = entries.filter((entry): entry is FileSystemFileEntry => !!entry?.isFile)
  const [own, found] = await Promise.all([Promise.all(named.map(fileOf)), Promise.all(folders.map(soundsIn))])
  return [...own, ...found.flat()]
}

async function soundsIn(folder: FileSystemDirectoryEntry): Promise<File[]> {
  const entries = (await entriesOf(folder)).sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }))
  const found = await Promise.all(entries.map((entry) => {
    if (entry.isDirectory) return soundsIn(entry as FileSystemDirectoryEntry)
    return isSound(entry.name) ? fileOf(entry as FileSystemFileEntry).then((file) => [file]) : []
  }))
  return found.flat()
}

/** A reader gives some of the entries at a time, and none at the end. */
async function entriesOf(folder: FileSystemDirectoryEntry) {
  const reader = folder.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (!some.length) return all
    all.push(...some)
  }
}

const fileOf = (entry: FileSystemFileEntry) => new Promise<File>((resolve, reject) => entry.file(resolve, reject))

const isSound = (name: string) => !name.startsWith(".") && SOUND_ENDINGS.some((ending) => name.toLowerCase().endsWith(ending))
