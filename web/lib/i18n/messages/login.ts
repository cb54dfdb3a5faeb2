export const en = { title: "Sign in to XTTS Studio", user: "User name", password: "Password", submit: "Sign in" }
export const ru: typeof en = { title: "Вход в XTTS Studio", user: "Имя пользователя", password: "Пароль", submit: "Войти" }
