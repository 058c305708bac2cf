/** The same mark as app/icon.svg. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg className={className} viewBox="0 0 32 32" fill="none" aria-hidden="true">
      <rect width="32" height="32" rx="8" className="fill-primary" />
      <g className="stroke-primary-foreground" strokeWidth="2.5" strokeLinecap="round">
        <circle cx="11.5" cy="16" r="4.5" />
        <path d="M16 16h10M22 16v4M26 16v3" />
      </g>
    </svg>
  )
}
