import { describe, test } from 'node:test'
import { type PeerName, peers } from '../peers/catalogue.ts'

/** A suite that needs peers: skipped with the reason when one is absent, failed instead when ABOX_REQUIRE_PEERS=1 (as CI sets). */
export function describeWithPeers(name: string, needed: readonly PeerName[], body: () => void): void {
  const missing = needed.flatMap((peer) => {
    const why = peers[peer].absent()
    return why === undefined ? [] : [`${peer}: ${why}`]
  })
  if (missing.length === 0) {
    describe(name, body)
    return
  }
  const reason = `peer absent (${missing.join('; ')})`
  if (process.env['ABOX_REQUIRE_PEERS'] === '1') {
    test(name, () => {
      throw new Error(reason)
    })
  } else describe(name, { skip: reason }, () => {})
}
