import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { describe, it } from 'node:test'
import { createIsolates, createSandbox, type SandboxOptions } from '#lib/sandbox'
import { eraseTypes } from '../../../../src/lib/sandbox/erase-types.ts'
import { withSandbox } from './with-sandbox.ts'

const GOOD = 'export const pre = (a: number): number => a'
const DEEP = `export const pre = (a: any) => ${'('.repeat(2000)}1${')'.repeat(2000)}`
const CHOICES = `export const pre = (a: number) => ${Array.from({ length: 5000 }, (_, i) => `a<${i}?${i}:`).join('')}0`
/** Each level doubles the time. */
const SLOW = `export const pre = (a: any) => ${'a < (b<(c = '.repeat(30)}1${')>(1))'.repeat(30)}`

const refuses = (source: string, message: RegExp, options: Partial<SandboxOptions> = {}): Promise<void> =>
  assert.rejects(createSandbox({ name: 'hook', ...options, language: 'ts', source }), {
    code: 'ABOX_HOOK_COMPILE',
    message
  })

const works = (isolates?: SandboxOptions['isolates']): Promise<void> =>
  withSandbox(GOOD, async (sandbox) => assert.equal(await sandbox.call('pre', ['1']), '1'), {
    language: 'ts',
    isolates
  })

const children = (): number => process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap').length

describe('erasing types', () => {
  it('of a source that is nested too deeply is refused and hinders no other source', async () => {
    for (const source of [DEEP, DEEP]) {
      await refuses(source, /: hook: it is nested too deeply for its types to be erased/)
      await works()
    }
    for (let i = 0; i < 3; i++) {
      await createSandbox({ source: CHOICES, name: 'choices', language: 'ts' }).then(
        (sandbox) => sandbox.dispose(),
        (error: unknown) => assert.equal((error as { code: string }).code, 'ABOX_HOOK_COMPILE')
      )
      await works()
    }
  })

  it('that takes too long is stopped, and keeps nobody waiting for the event loop', async () => {
    let turned = false
    setImmediate(() => {
      turned = true
    })
    await refuses(SLOW, /: hook: its types could not be erased within 2 s of the CPU/)
    assert.ok(turned)
    await works()
  })

  it('leaves no process behind', async () => {
    const before = children()
    await works()
    await refuses('enum A { B }', /hook:1: TypeScript enum/)
    // The handle of a process that has ended is closed in a later turn.
    while (children() !== before) await new Promise(setImmediate)
  })

  it('ends with the isolates of the process', async () => {
    const isolates = await createIsolates()
    await works(isolates)
    const before = children()
    const running = [SLOW, GOOD].map((source) => assert.rejects(isolates.erase(source), { code: 'ABOX_HOOK_DISPOSED' }))
    setImmediate(() => isolates.close())
    await Promise.all(running)
    await assert.rejects(isolates.erase(GOOD), { code: 'ABOX_HOOK_DISPOSED' })
    // The handle of a process that has ended is closed in a later turn.
    while (children() !== before) await new Promise(setImmediate)
  })

  for (const [what, program, code, message] of [
    ['does not start', '/no/such/program', '', /ENOENT/],
    ['is killed by somebody else', process.execPath, "process.kill(process.pid, 'SIGKILL')", /ended with SIGKILL/],
    ['fails', process.execPath, 'process.exit(1)', /ended with exit code 1/],
    ['answers no JSON', process.execPath, "process.stdout.write('{')", /answered "\{", expected JSON/]
  ] as const) {
    it(`by a process that ${what} is no fault of the source`, { skip: process.platform === 'win32' }, () => {
      const start = (): ChildProcess => spawn(program, ['-e', code], { stdio: ['pipe', 'pipe', 'ignore'] })
      return assert.rejects(eraseTypes(GOOD, undefined, start), { code: 'ABOX_HOOK_PROCESS', message })
    })
  }

  it('is not done for JavaScript', async () => {
    const isolates = await createIsolates()
    const counted = {
      ...isolates,
      erase: () => {
        throw new Error('unreachable')
      }
    }
    await withSandbox('export const pre = (a) => a', async () => {}, { isolates: counted })
    isolates.close()
  })
})
