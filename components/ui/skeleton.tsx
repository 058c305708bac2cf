/** A grey shape of the size of what will be there, such as `h-24`. */
export function Skeleton({ className }: { className: string }) {
  return (
    <div
      aria-hidden="true"
      className={`animate-pulse rounded-lg border bg-muted motion-reduce:animate-none ${className}`}
    />
  )
}
