import type { Metadata } from "next"
import { Suspense } from "react"
import { CompareView } from "@/components/training/compare-view"

export const metadata: Metadata = { title: "Comparison of runs" }
export default function Page() { return <Suspense><CompareView /></Suspense> }
