/**
 * The smallest input found for which `fails` still holds: chunks are left out, from halves down to single bytes, then bytes are
 * made zero. `most` bounds how often `fails` is asked.
 */
export function minimise(bytes: Buffer, fails: (candidate: Buffer) => boolean, most = 20_000): Buffer {
  let left = most
  const ask = (candidate: Buffer): boolean => left-- > 0 && fails(candidate)
  let best = bytes
  for (let shrunk = true; shrunk && left > 0; ) {
    const before = best.length
    best = leaveOut(best, ask)
    shrunk = best.length < before
  }
  for (let at = 0; at < best.length; at++) {
    if (best[at] === 0) continue
    const candidate = Buffer.from(best)
    candidate[at] = 0
    if (ask(candidate)) best = candidate
  }
  return best
}

function leaveOut(bytes: Buffer, ask: (candidate: Buffer) => boolean): Buffer {
  let best = bytes
  for (let size = best.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at + size <= best.length; ) {
      const candidate = Buffer.concat([best.subarray(0, at), best.subarray(at + size)])
      if (ask(candidate)) best = candidate
      else at += size
    }
  }
  return best
}
