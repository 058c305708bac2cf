import { hash, verify } from '@node-rs/argon2'

export const passwordMinLength = 12

/** argon2id (the library's default algorithm) with OWASP's first recommendation. */
export async function hashPassword(password: string): Promise<string> {
  return await hash(password, { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 })
}

export async function verifyPassword(passwordHash: string, password: string): Promise<boolean> {
  return await verify(passwordHash, password)
}
