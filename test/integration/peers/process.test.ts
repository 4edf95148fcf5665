import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type PeerProcess, startProcess, waitUntilReady } from '../../peers/process.ts'

// Process groups are a matter of POSIX systems; outside programs are only started there.
const skip = process.platform === 'win32' ? 'no process groups on Windows' : false

/** A program that starts another one, prints both pids, and lets neither end by SIGTERM. */
const STUBBORN = `
  process.on('SIGTERM', () => {})
  const child = require('node:child_process').spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'])
  child.on('spawn', () => console.log('pids', process.pid, child.pid))
  setInterval(() => {}, 1000)`

async function startStubborn(endsWithInput: boolean): Promise<{ peer: PeerProcess; pids: number[] }> {
  let pids: number[] | undefined
  const peer = startProcess({
    name: 'stubborn',
    command: process.execPath,
    args: ['-e', STUBBORN],
    endsWithInput,
    onLine: (line) => {
      if (line.startsWith('pids ')) pids = line.split(' ').slice(1).map(Number)
    }
  })
  return { peer, pids: await waitUntilReady(peer, 'stubborn', () => pids) }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function untilGone(pids: readonly number[]): Promise<void> {
  const deadline = performance.now() + 20_000
  while (pids.some(isAlive)) {
    assert.ok(performance.now() < deadline, `still there: ${pids.filter(isAlive).join(', ')}`)
    await sleep(20)
  }
}

for (const endsWithInput of [true, false]) {
  const kind = endsWithInput ? 'a program that watches its input' : 'a program with a watcher'
  test(`stop leaves nothing of the process group of ${kind}, however stubborn`, { skip }, async () => {
    const { peer, pids } = await startStubborn(endsWithInput)
    await peer.stop(50)
    await untilGone([peer.pid, ...pids])
  })
}

test('a program with a watcher ends, with its children, when the process that started it is killed', {
  skip
}, async () => {
  const module = join(import.meta.dirname, '../../peers/process.ts')
  const script = `
    import { startProcess } from ${JSON.stringify(`file://${module}`)}
    startProcess({ name: 'x', command: process.execPath, args: ['-e', ${JSON.stringify(STUBBORN)}],
      onLine: (line) => { console.log(line); process.kill(process.pid, 'SIGKILL') } })`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  let text = ''
  parent.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  await once(parent, 'close')
  const pids = text.trim().split(' ').slice(1).map(Number)
  assert.equal(pids.length, 2, text)
  await untilGone(pids)
})

test('a program that ends before it is ready fails the wait at once and shows what it printed', { skip }, async () => {
  const peer = startProcess({
    name: 'short',
    command: process.execPath,
    args: ['-e', 'console.log("no memory"); process.exitCode = 3']
  })
  await assert.rejects(
    waitUntilReady(peer, 'short', () => undefined),
    /short: the process ended before it was ready\nno memory/
  )
  await peer.stop()
})
