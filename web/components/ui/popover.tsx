"use client"
import { Popover as P } from "radix-ui"
import { cn } from "@/lib/utils"

export const Popover = P.Root
export const PopoverTrigger = P.Trigger
export const PopoverContent = ({ className, ...p }: React.ComponentProps<typeof P.Content>) => (
  <P.Portal>
    <P.Content data-slot="popover" align="end" sideOffset={6} collisionPadding={12} className={cn("z-50 max-h-(--radix-popover-content-available-height) w-80 overflow-auto rounded-lg border bg-popover p-4 text-popover-foreground shadow-lg outline-none data-[state=open]:animate-in data-[state=open]:fade-in-0 data-[state=open]:zoom-in-95", className)} {...p} />
  </P.Portal>
)
