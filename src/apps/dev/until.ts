/** Waits for a condition; gives up after a minute so that a defect ends in an error instead of a hang. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const limit = performance.now() + 60_000
  while (!condition()) {
    if (performance.now() > limit) throw new Error(`waited a minute for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
