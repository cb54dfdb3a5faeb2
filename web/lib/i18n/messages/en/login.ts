export const words = { title: "Sign in to XTTS Studio", user: "User name", password: "Password", submit: "Sign in", closedFor: "Closed for {time}" }
