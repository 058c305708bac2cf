'use client'

import { usePathname, useSearchParams } from 'next/navigation'

/**
 * A parameter of the address that opens something, such as `?add=1`: shown without asking the server, reached by links,
 * and closed by the back button.
 */
export function useAddressFlag(name: string): [string | null, (value: string | null) => void] {
  const path = usePathname()
  const params = useSearchParams()

  function set(value: string | null) {
    if (value === params.get(name)) return
    const next = new URLSearchParams(params)
    if (value === null) next.delete(name)
    else next.set(name, value)
    const address = next.size > 0 ? `${path}?${next}` : path
    if (value === null) window.history.replaceState(null, '', address)
    else window.history.pushState(null, '', address)
  }
  return [params.get(name), set]
}
