export const words = {
  title: "Storage",
  free: "{size} free on the disk",
  empty: "Nothing yet.",
  things: "{n, plural, one {# item} other {# items}}",
  kinds: {
    recordings: "Recordings", datasets: "Datasets", runs: "Training runs", models: "Models of your own", base: "Base and Whisper models",
    exports: "Exports", history: "Speech", voices: "Voices", uploads: "Unfinished uploads",
  },
  cleanable: "Can go",
  clean: { exports: "Exports", features: "Features of datasets", training_states: "Training states" },
  cleanAbout: {
    exports: "Models written for other programs; they can be written again.",
    features: "The next training computes them anew, which takes a few minutes for an hour of speech.",
    training_states: "Of runs that have ended: they take no more epochs afterwards; models, checkpoints and auditions stay.",
  },
  confirm: "Delete: {what}",
  freed: "{size} were freed.",
}
