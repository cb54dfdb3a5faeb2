"use client"
import { Dialog as D } from "radix-ui"
import { cn } from "@/lib/utils"
import { useFocusReturn } from "./use-focus-return"

export const Dialog = D.Root
export const DialogTrigger = D.Trigger
export const DialogClose = D.Close
export const DialogTitle = ({ className, ...p }: React.ComponentProps<typeof D.Title>) => <D.Title className={cn("font-semibold", className)} {...p} />
export const DialogDescription = ({ className, ...p }: React.ComponentProps<typeof D.Description>) => <D.Description className={cn("text-sm text-muted-foreground", className)} {...p} />
export const DialogContent = ({ className, ...p }: React.ComponentProps<typeof D.Content>) => (
  <D.Portal>
    <D.Overlay className="fixed inset-0 z-50 bg-black/50 data-[state=open]:animate-in data-[state=open]:fade-in-0" />
    <D.Content {...useFocusReturn()} data-slot="dialog" className={cn("fixed top-1/2 left-1/2 z-50 max-h-[90vh] w-[min(92vw,32rem)] -translate-x-1/2 -translate-y-1/2 space-y-4 overflow-auto rounded-xl border bg-popover p-5 shadow-2xl outline-none", className)} {...p} />
  </D.Portal>
)
