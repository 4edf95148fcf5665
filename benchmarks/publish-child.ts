import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { composeInstance, resolveGatewayConfig } from '../src/apps/gateway/compose.ts'
import { silentLogger } from '../src/core/logger.ts'

/**
 * Real gateway instances in one process, for the benchmark of publishing: `<address> <root> <from> <to>`, numbers
 * of the first one and of that after the last; ends with its parent.
 */
const [address = '', root = '', from = '', to = ''] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'abox-bench-gateways-'))
process.on('disconnect', () => {
  // The last good documents may be on their way to it.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  process.exit(0)
})
for (let index = Number(from); index < Number(to); index++) {
  const config = resolveGatewayConfig({
    raw: {
      name: `gateway-${index}`,
      dubbo: { host: '127.0.0.1', port: 0, advertise: '127.0.0.1' },
      documents: { kind: 'zookeeper', address, root },
      registry: { kind: 'zookeeper', address },
      state: { dir: join(folder, String(index)) }
    },
    source: 'bench',
    folder
  })
  await composeInstance({ config, index: 0, log: silentLogger })
}
process.on('message', () => process.send?.(process.cpuUsage()))
process.send?.('ready')
