'use client'

import { Modal, type ModalProps } from './modal'

const sizes = { sm: 'w-[18rem]', md: 'w-[30rem]', lg: 'w-[44rem]' }
const sides = { right: 'ml-auto border-y-0 border-r-0', left: 'mr-auto border-y-0 border-l-0' }

/** A panel of full height for forms and details; as wide as the screen on phones. */
export function Sheet({
  size = 'md',
  side = 'right',
  ...props
}: ModalProps & { size?: keyof typeof sizes; side?: keyof typeof sides }) {
  return <Modal {...props} className={`my-0 h-dvh max-h-none max-w-full ${sizes[size]} ${sides[side]}`} />
}
