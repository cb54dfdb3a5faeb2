import type { words as en } from "../en/login"

export const words: typeof en = { title: "Вход в XTTS Studio", user: "Имя пользователя", password: "Пароль", submit: "Войти", closedFor: "Закрыто ещё {time}" }
