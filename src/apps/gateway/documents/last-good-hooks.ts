import type { HookStore } from '../hook-store.ts'
import type { LastGood } from './last-good.ts'

/**
 * The last good set together with the code that it names: the code is on disk before the set is, and code that no set
 * names goes after it. `loaded`: digests of what this instance uses beside it, such as versions that stand by.
 */
export function keepHooks(lastGood: LastGood, store: HookStore, loaded: () => Iterable<string>): LastGood {
  return {
    read: () => lastGood.read(),
    async write(documents) {
      const hooks = documents.filter(({ key }) => key.startsWith('hooks/'))
      const named = hooks.flatMap(({ text }) => text.match(DIGEST) ?? [])
      await store.keep(named)
      await lastGood.write(documents)
      await store.prune([...named, ...loaded()])
    }
  }
}

const DIGEST = /sha256:[0-9a-f]{64}/g
