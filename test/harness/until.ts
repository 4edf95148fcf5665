/**
 * Waits until a condition holds. Never sleeps and hopes: it looks often, and fails with `what` after `limitMs`, which says only
 * when there is no hope left: a machine that does other things, too, may need many times what an idle one needs.
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = 45_000
): Promise<void> {
  const limit = performance.now() + limitMs
  while (!(await condition())) {
    if (performance.now() > limit) throw new Error(`waited ${limitMs} ms for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
