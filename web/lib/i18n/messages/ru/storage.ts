import type { words as en } from "../en/storage"

export const words: typeof en = {
  title: "Место на диске",
  free: "На диске свободно {size}",
  empty: "Пока ничего.",
  things: "{n, plural, one {# объект} few {# объекта} many {# объектов} other {# объекта}}",
  kinds: {
    recordings: "Записи", datasets: "Наборы данных", runs: "Обучения", models: "Свои модели", base: "Базовая модель и Whisper",
    exports: "Экспорт", history: "Речь", voices: "Голоса", uploads: "Незаконченные загрузки",
  },
  cleanable: "Можно удалить",
  clean: { exports: "Экспорт", features: "Признаки наборов данных", training_states: "Состояния обучения" },
  cleanAbout: {
    exports: "Модели для других программ; их можно записать снова.",
    features: "Следующее обучение вычислит их заново, это несколько минут на час речи.",
    training_states: "Законченных обучений: добавить им эпохи будет нельзя; модели, контрольные точки и прослушивания останутся.",
  },
  confirm: "Удалить: {what}",
  freed: "Освобождено {size}.",
}
