import { AssertionError } from 'node:assert'

/**
 * Looks again and again until `probe` no longer throws, and gives its value; throws its last error after `limitMs`. A ZooKeeper
 * session of the test that is away for a moment, as after an outage or on a busy machine, is waited for like anything else.
 */
export async function eventually<T>(probe: () => Promise<T> | T, limitMs = 45_000): Promise<T> {
  const until = performance.now() + limitMs
  for (;;) {
    try {
      return await probe()
    } catch (error) {
      if (!mayPass(error) || performance.now() > until) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const mayPass = (error: unknown): boolean =>
  error instanceof AssertionError || (error as { readonly code?: string }).code === 'ABOX_ZK_AWAY'
