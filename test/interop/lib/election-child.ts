import { AboxError } from '#core/errors'
import { createZookeeper, type Leadership } from '#lib/zookeeper'

/**
 * A candidate in a process of its own, for `zookeeper-election.test.ts`: `<address> <root> <name>`. Tells its state by
 * lines; while it leads, and after it, it writes its name to `<root>/written` as fast as it can with what it once got.
 */
const [address = '', root = '', name = ''] = process.argv.slice(2)
let leadership: Leadership | undefined

const session = createZookeeper({ address, sessionTimeoutMs: 2000, reconnectMaxMs: 200 })
await session.start()
session.elect(`${root}/election`, {
  name,
  fence: `${root}/fence`,
  onLeader: (next) => {
    console.log(`leader ${next.epoch}`)
    leadership ??= next
  },
  onFollower: () => console.log('follower')
})
let last = ''
for (;;) {
  const said = await leadership
    ?.write([{ kind: 'set', path: `${root}/written`, data: Buffer.from(name) }])
    .then(() => 'written')
    .catch((error: unknown) => AboxError.from(error).code)
  if (said !== undefined && said !== last) console.log(said)
  last = said ?? last
  await new Promise((resolve) => setTimeout(resolve, 2))
}
