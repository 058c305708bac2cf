'use client'

import { ErrorState } from '@/components/ui/error-state'

export default function ErrorPage({
  error,
  retry,
}: {
  error: Error & { digest?: string }
  retry: () => void
}) {
  return (
    <main>
      <ErrorState retry={retry} digest={error.digest} />
    </main>
  )
}
