import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { SANDBOX_STDIO } from '#lib/sandbox'
import { until } from '../../../harness/until.ts'
import { codeOf, isGone, startChild, withProcess } from './with-process.ts'

const SOURCE = `let n = 0; export const id = (x) => x; export const next = () => ++n
export function slow(ms) { const end = Date.now() + ms; while (Date.now() < end); return ms }`

describe('the sandbox process', () => {
  it('is started when it is needed, and only then', () =>
    withProcess(async (sandboxes) => {
      assert.deepEqual(sandboxes.stats(), { pid: undefined, restarts: 0, sandboxes: 0, inFlight: 0, memoryBytes: 0 })
      await sandboxes.create({ name: 'h', source: SOURCE, timeoutMs: 250 })
      assert.ok(sandboxes.stats().pid !== undefined)
    }))

  it('is replaced when it dies while nothing runs; sandboxes are made anew from their source', () =>
    withProcess(async (sandboxes, deaths) => {
      const sandbox = await sandboxes.create({ name: 'h', source: SOURCE, timeoutMs: 250 })
      assert.equal(await sandbox.call('next', []), '1')
      const { pid = 0 } = sandboxes.stats()
      process.kill(pid, 'SIGKILL')
      await until('another child', () => sandboxes.stats().pid !== pid && sandboxes.stats().pid !== undefined)
      assert.equal(await sandbox.call('next', []), '1')
      assert.deepEqual(
        deaths.map(({ signal, suspects }) => [signal, suspects]),
        [['SIGKILL', []]]
      )
      assert.equal(sandboxes.stats().restarts, 1)
    }))

  it('is replaced when it stands still, and the calls in it are answered', { skip: process.platform === 'win32' }, () =>
    withProcess(async (sandboxes, deaths) => {
      const sandbox = await sandboxes.create({ name: 'h', source: SOURCE, timeoutMs: 250 })
      process.kill(sandboxes.stats().pid ?? 0, 'SIGSTOP')
      assert.equal(await sandbox.call('id', ['1']), '1')
      assert.match(deaths[0]?.reason ?? '', /^no answer .*SIGKILL$/)
    })
  )

  it('is killed when it answers what it was not asked, and what it had is tried with another one', () => {
    // Hello; then, to whatever comes, the answer of job 99.
    const script = `const socket = new net.Socket({ fd: 3 })
      const frame = (text) => Buffer.concat([Buffer.from([0, 0, 0, text.length + 1, 1]), Buffer.from(text)])
      socket.write(frame('1,1,;'))
      socket.on('data', () => socket.write(frame('2,99,1,;1')))`
    let starts = 0
    return withProcess(
      async (sandboxes, deaths) => {
        const sandbox = await sandboxes.create({ name: 'h', source: SOURCE, timeoutMs: 250 })
        assert.equal(await sandbox.call('id', ['1']), '1')
        assert.match(deaths[0]?.reason ?? '', /found an answer of job 99, which it does not have, SIGKILL$/)
      },
      { start: () => (starts++ === 0 ? startChild('-e', script) : startChild()) }
    )
  })

  it('tells its memory and that of its sandboxes', () =>
    withProcess(async (sandboxes) => {
      const sandbox = await sandboxes.create({ name: 'h', source: SOURCE, timeoutMs: 250 })
      await until('its memory', () => sandboxes.stats().memoryBytes > 0 && sandbox.stats().memoryBytes > 0)
    }))

  it('closes when the calls that it has are answered, takes no more, and is gone then', () =>
    withProcess(async (sandboxes, deaths) => {
      const sandbox = await sandboxes.create({ name: 'h', source: SOURCE, timeoutMs: 5000 })
      const { pid = 0 } = sandboxes.stats()
      const call = sandbox.call('slow', ['200'])
      let closed = false
      const closing = sandboxes.close().then(() => {
        closed = true
      })
      assert.equal(await sandbox.call('id', ['1']).catch(codeOf), 'ABOX_HOOK_DISPOSED')
      assert.equal(await call, '200')
      assert.equal(closed, false)
      await closing
      assert.ok(isGone(pid))
      assert.deepEqual(deaths, [])
    }))

  it('closes at once when it was never started', () => withProcess(async () => {}))

  for (const how of ['idle', 'spin']) {
    it(`ends with the process that started it, also when it is ${how === 'idle' ? 'idle' : 'in an endless loop'}`, async () => {
      const parent = spawn(process.execPath, ['--no-node-snapshot', `${import.meta.dirname}/process-parent.ts`, how], {
        stdio: ['ignore', 'pipe', 'inherit']
      })
      try {
        const [line] = (await once(parent.stdout, 'data')) as [Buffer]
        const child = Number(line.toString())
        assert.ok(!isGone(child))
        parent.kill('SIGKILL')
        await until('the end of the child', () => isGone(child))
      } finally {
        parent.kill('SIGKILL')
      }
    })
  }
})

describe('a sandbox process that does not start', () => {
  for (const [name, script, reason] of [
    ['ends at once', 'process.exit(3)', 'exit code 3'],
    ['is killed', 'process.kill(process.pid, "SIGKILL")', 'SIGKILL'],
    ['is silent', 'setInterval(() => {}, 1000)', 'not there after 300 ms, SIGKILL'],
    ['sends what is no frame', 'fs.writeSync(3, "HTTP/1.1 200 OK")', 'found length 1213486160'],
    ['sends what is no hello', 'fs.writeSync(3, Buffer.from("0000000601362c312c3b", "hex"))', 'found message 6']
  ] as const) {
    it(`because it ${name} is a coded error with the reason, and not tried again at once`, () => {
      let starts = 0
      const start = (): ReturnType<typeof startChild> => {
        starts++
        return startChild('-e', `${script}; setInterval(() => {}, 1000)`)
      }
      return withProcess(
        async (sandboxes, deaths) => {
          const first = await sandboxes.create({ name: 'h', source: SOURCE }).catch((error: Error) => error.message)
          assert.match(String(first), /^ABOX_HOOK_PROCESS: h: the sandbox process did not start: /)
          assert.ok(String(first).includes(reason), String(first))
          assert.equal(await sandboxes.create({ name: 'h', source: SOURCE }).catch(codeOf), 'ABOX_HOOK_PROCESS')
          assert.equal(starts, 1)
          assert.deepEqual([deaths.length, deaths[0]?.served], [1, false])
        },
        { start, startWithinMs: name === 'is silent' ? 300 : 20_000, random: () => 0.999 }
      )
    })
  }

  it('because there is no such program, or it cannot be started at all, is a coded error', async () => {
    for (const start of [
      () => spawn('/no/such/program', [], { stdio: [...SANDBOX_STDIO] }),
      () => {
        throw new Error('no more processes')
      }
    ]) {
      await withProcess(
        async (sandboxes) => {
          const error = await sandboxes.create({ name: 'h', source: SOURCE }).catch((thrown: Error) => thrown.message)
          assert.match(String(error), /^ABOX_HOOK_PROCESS: .*(ENOENT|no more processes)/)
        },
        { start }
      )
    }
  })

  it('is tried again after a pause, and serves then', () => {
    let starts = 0
    const start = (): ReturnType<typeof startChild> =>
      starts++ === 0 ? startChild('-e', 'process.exit(3)') : startChild()
    return withProcess(
      async (sandboxes) => {
        assert.equal(await sandboxes.create({ name: 'h', source: SOURCE }).catch(codeOf), 'ABOX_HOOK_PROCESS')
        let sandbox: Awaited<ReturnType<typeof sandboxes.create>> | undefined
        await until('a sandbox', async () => {
          sandbox = await sandboxes.create({ name: 'h', source: SOURCE }).catch(() => undefined)
          return sandbox !== undefined
        })
        assert.equal(await sandbox?.call('id', ['1']), '1')
      },
      { start }
    )
  })
})
