import type { words as en } from "../en/shell"

export const words: typeof en = {
  away: "Студия не отвечает. Всё сделанное сохранено.",
  again: "повтор через {n} с",
  tryNow: "Повторить сейчас",
  pages: "Страницы",
  actions: "Действия",
  showJobs: "Задачи",
  keys: "Клавиши",
  light: "Светлая тема",
  dark: "Тёмная тема",
  otherLanguage: "English",
  kinds: { recordings: "Записи", datasets: "Наборы данных", runs: "Обучения", voices: "Голоса", models: "Модели" },
  groups: { everywhere: "Везде", speech: "При вводе текста", recording: "В записи", comparison: "В слепом сравнении" },
  does: {
    menu: "Перейти к чему угодно по имени", data: "Данные", training: "Обучение", inference: "Речь", settings: "Настройки", jobs: "Задачи", help: "Эти клавиши",
    speak: "Произнести текст", play: "Воспроизвести, пауза", seek: "Назад, вперёд на 5 с; с Shift на 1 с", chunk: "Следующий, предыдущий фрагмент", playChunk: "Слушать фрагмент", range: "Начало, конец диапазона здесь", zoom: "Ближе, дальше",
    first: "Слушать первый", second: "Слушать второй", firstBetter: "Первый лучше", secondBetter: "Второй лучше", same: "Нет разницы",
  },
  datasetKeys: "У набора данных есть ещё много клавиш для фрагментов: откройте его и нажмите ?.",
}
