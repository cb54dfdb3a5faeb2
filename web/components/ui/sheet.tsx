"use client"
import { Dialog as D } from "radix-ui"
import { cn } from "@/lib/utils"
import { useFocusReturn } from "./use-focus-return"

/** A dialog at the right edge, as high as the window. Use with Dialog, DialogTitle … of dialog.tsx. */
export const SheetContent = ({ className, ...p }: React.ComponentProps<typeof D.Content>) => (
  <D.Portal>
    <D.Overlay className="fixed inset-0 z-50 bg-black/40 data-[state=open]:animate-in data-[state=open]:fade-in-0" />
    <D.Content
      {...useFocusReturn()}
      data-slot="sheet"
      className={cn("fixed inset-y-0 right-0 z-50 flex w-[min(100vw,26rem)] flex-col border-l bg-popover shadow-2xl outline-none data-[state=open]:animate-in data-[state=open]:slide-in-from-right motion-reduce:animate-none", className)}
      {...p}
    />
  </D.Portal>
)
