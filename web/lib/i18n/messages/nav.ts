export const en = { main: "Main", data: "Data", training: "Training", inference: "Speech", settings: "Settings" }
export const ru: typeof en = { main: "Основное", data: "Данные", training: "Обучение", inference: "Речь", settings: "Настройки" }
