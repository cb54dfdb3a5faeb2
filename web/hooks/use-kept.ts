"use client"
import { useEffect, useState, type Dispatch, type SetStateAction } from "react"

/** A form's fields, kept in this browser under `key`: a reload finds them again. Those that are new since have their `usual` value. */
export function useKept<T extends object>(key: string, usual: T): [T, Dispatch<SetStateAction<T>>] {
  const [value, setValue] = useState(() => stored(key, usual))
  useEffect(() => {
    try {
      if (JSON.stringify(value) === JSON.stringify(usual)) localStorage.removeItem(key)
      else localStorage.setItem(key, JSON.stringify(value))
    } catch {
      // no room or no permission: it lives as long as the page
    }
  }, [key, usual, value])
  return [value, setValue]
}

function stored<T extends object>(key: string, usual: T): T {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<T>
    return { ...usual, ...kept }
  } catch {
    return usual
  }
}
