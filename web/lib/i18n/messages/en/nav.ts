export const words = { main: "Main", data: "Data", training: "Training", inference: "Speech", settings: "Settings" }
