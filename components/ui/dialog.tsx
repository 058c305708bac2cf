'use client'

import { Modal, type ModalProps } from './modal'

const sizes = { md: 'w-[32rem]', lg: 'w-[48rem]' }

/** A small window in the middle. */
export function Dialog({ size = 'md', ...props }: ModalProps & { size?: keyof typeof sizes }) {
  return (
    <Modal
      {...props}
      className={`m-auto max-h-[calc(100dvh-2rem)] max-w-[calc(100vw-2rem)] rounded-lg ${sizes[size]}`}
    />
  )
}
