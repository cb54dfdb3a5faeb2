"use client"
import { useState } from "react"
import { Dialog, DialogContent, DialogDescription, DialogTitle, DialogTrigger } from "@/components/ui/dialog"

type Props = {
  title: string
  text: string
  trigger: React.ReactNode
  onMade: (name: string) => void
  children: (done: (name: string) => void) => React.ReactNode
}

/** A button and its dialog, which closes when a voice was made in it. */
export function VoiceDialog({ title, text, trigger, onMade, children }: Props) {
  const [open, setOpen] = useState(false)
  const done = (name: string) => {
    setOpen(false)
    onMade(name)
  }
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>{trigger}</DialogTrigger>
      <DialogContent>
        <DialogTitle>{title}</DialogTitle>
        <DialogDescription>{text}</DialogDescription>
        {children(done)}
      </DialogContent>
    </Dialog>
  )
}
