'use client'

import { useErrorText } from './admin-error'
import type { AdminError } from './call-admin'
import { useToast } from './ui/toast'

/** For what is done with one click and has no place for a notice. */
export function useErrorToast(): (error: AdminError) => void {
  const toast = useToast()
  const { about } = useErrorText()
  return (error) => {
    const { title, next, detail } = about(error)
    toast({ tone: 'bad', title, text: next ?? detail })
  }
}
