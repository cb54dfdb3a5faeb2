"use client"
import { DropdownMenu as M } from "radix-ui"
import { cn } from "@/lib/utils"

export const DropdownMenu = M.Root
export const DropdownMenuTrigger = M.Trigger
export const DropdownMenuContent = ({ className, ...p }: React.ComponentProps<typeof M.Content>) => (
  <M.Portal>
    <M.Content data-slot="dropdown-menu" align="end" sideOffset={4} collisionPadding={12} className={cn("z-50 min-w-40 rounded-md border bg-popover p-1 text-popover-foreground shadow-lg outline-none data-[state=open]:animate-in data-[state=open]:fade-in-0 data-[state=open]:zoom-in-95", className)} {...p} />
  </M.Portal>
)
export const DropdownMenuItem = ({ className, ...p }: React.ComponentProps<typeof M.Item>) => (
  <M.Item data-slot="dropdown-menu-item" className={cn("flex cursor-default items-center gap-2 rounded-sm px-2 py-1.5 text-sm outline-none data-highlighted:bg-accent data-disabled:opacity-50 [&_svg]:size-4 [&_svg]:text-muted-foreground", className)} {...p} />
)
