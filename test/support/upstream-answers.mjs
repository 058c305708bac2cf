/** What the upstream of the tests answers, in the exact numbers that a ledger row must show. */
export const answer = 'The quick brown fox jumps over the lazy dog near the river bank.'
export const usage = { prompt_tokens: 19, completion_tokens: 14, total_tokens: 33 }
export const embeddingUsage = { prompt_tokens: 5, total_tokens: 5 }
