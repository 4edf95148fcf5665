import { AssertionError } from 'node:assert'

/** Looks again and again until `probe` no longer throws, and gives its value; throws its last error after `limitMs`. */
export async function eventually<T>(probe: () => Promise<T> | T, limitMs = 10_000): Promise<T> {
  const until = performance.now() + limitMs
  for (;;) {
    try {
      return await probe()
    } catch (error) {
      if (!(error instanceof AssertionError) || performance.now() > until) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
