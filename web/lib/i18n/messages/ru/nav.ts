import type { words as en } from "../en/nav"

export const words: typeof en = { main: "Основное", data: "Данные", training: "Обучение", inference: "Речь", settings: "Настройки" }
