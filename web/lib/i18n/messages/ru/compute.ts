import type { words as en } from "../en/compute"

export const words: typeof en = {
  title: "Вычисления",
  local: "Вся работа идёт на этой машине. С Modal её делают GPU сервиса, по его ценам.",
  modal: "Работу делает приложение на Modal.",
  test: "Проверить связь с Modal",
}
