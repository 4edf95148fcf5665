import { createInterface } from 'node:readline'
import { model, startPublishing } from './publishing.ts'

/**
 * A manager's publishing in a process of its own, for `publish-crash.test.ts`: `<database> <environment> <name>`. Tells
 * by lines when it begins to lead. For each line `<count>` on its input it writes that many models and tells each one
 * that the store has taken: `wrote <key> <generation>`.
 */
const [file = '', environment = '', name = ''] = process.argv.slice(2)
const publishing = await startPublishing(file, name, { sessionTimeoutMs: 2000 })
console.log('ready')

let wasLeader = false
setInterval(() => {
  const isLeader = publishing.publishers.state(environment)?.leader === true
  if (isLeader !== wasLeader) console.log(isLeader ? 'leader' : 'follower')
  wasLeader = isLeader
}, 5)

let written = 0
for await (const line of createInterface({ input: process.stdin })) {
  for (let left = Number(line); left > 0; left--) {
    const key = `${name}-${written % 50}`
    const generation = await publishing.put(environment, 'Model', key, model(key, 1000 + written++))
    console.log(`wrote ${key} ${generation}`)
    // In a manager each write comes by the network: between two of them everything else has its turn.
    await new Promise((resolve) => setImmediate(resolve))
  }
}
