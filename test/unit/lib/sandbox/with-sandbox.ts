import { createSandbox, type Sandbox, type SandboxOptions } from '#lib/sandbox'

/** A sandbox for one test. */
export async function withSandbox(
  source: string,
  test: (sandbox: Sandbox) => Promise<void>,
  options: Partial<SandboxOptions> = {}
): Promise<void> {
  const sandbox = await createSandbox({ name: 'hook', timeoutMs: 5000, ...options, source })
  try {
    await test(sandbox)
  } finally {
    sandbox.dispose()
  }
}

/** The answers of calls that were made in one turn, so that they share a batch: JSON, or the code of the error. */
export async function answers(...calls: readonly Promise<string>[]): Promise<string[]> {
  const settled = await Promise.allSettled(calls)
  return settled.map((call) => (call.status === 'fulfilled' ? call.value : (call.reason as { code: string }).code))
}
