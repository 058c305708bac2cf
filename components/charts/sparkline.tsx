const [width, height] = [120, 28]

/** A small line without axes, drawn on the server; `label` says in words what it shows. Null is a gap. */
export function Sparkline({
  values,
  label,
  lowest = 0,
}: {
  values: (number | null)[]
  label: string
  /** The value at the lower edge, unless there are smaller ones. */
  lowest?: number
}) {
  const known = values.filter((value) => value !== null)
  const bottom = Math.min(lowest, ...known)
  const top = Math.max(...known, bottom + Number.EPSILON)
  const x = (index: number) => (values.length > 1 ? (index / (values.length - 1)) * width : width / 2)
  const y = (value: number) => height - 1 - ((value - bottom) / (top - bottom)) * (height - 2)
  const path = values
    .map((value, index) => {
      if (value === null) return ''
      const starts = index === 0 || values[index - 1] === null
      return `${starts ? 'M' : 'L'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`
    })
    .join('')
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      className="mt-auto h-7 w-full text-chart-1"
    >
      <path
        d={path}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        vectorEffect="non-scaling-stroke"
        strokeLinejoin="round"
      />
    </svg>
  )
}
