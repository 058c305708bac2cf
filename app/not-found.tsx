import { NotFoundMessage } from '@/components/shell/not-found-message'
import { PublicFrame } from '@/components/shell/public-frame'

export default function NotFound() {
  return (
    <PublicFrame>
      <NotFoundMessage />
    </PublicFrame>
  )
}
