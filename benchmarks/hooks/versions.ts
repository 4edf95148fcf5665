import { readFileSync } from 'node:fs'
import { createSandboxMaker, type MakeSandboxOptions } from '../../src/apps/gateway/hooks/make-sandbox.ts'
import { systemClock } from '../../src/core/clock.ts'
import { createSandbox, type Sandbox } from '../../src/lib/sandbox/index.ts'
import { median } from '../codec/measure.ts'
import { ownNow as now } from './own-time.ts'
import { FEATURES, HOOK_KINDS } from './payloads.ts'
import type { MeasuredProcess } from './sandbox-process.ts'

const LIVE = 200
const CALLS = 20_000
const BUILDS = 15
const MB = 2 ** 20
const CALL = `{"args":${String(HOOK_KINDS.features.args[0])},"attachments":{}}`

/** No two versions have the same code. */
const versionOf = (n: number): string => `${FEATURES}\nexport const version = ${n}`

/** Memory of 200 live versions, and what a call costs when it goes to another one of them each time. */
export async function measureLive({ sandboxes, used }: MeasuredProcess): Promise<object[]> {
  const rows: object[] = []
  for (const place of ['instance', 'sandbox process'] as const) {
    const create = (n: number): Promise<Sandbox> => {
      const options = { name: `v@${n}`, source: versionOf(n) }
      return place === 'instance' ? createSandbox(options) : sandboxes.create(options)
    }
    const first = await create(0)
    const resident = async (): Promise<number> =>
      place === 'instance' ? process.memoryUsage.rss() : (await used()).rss
    await callAll([first])
    const before = await resident()
    const versions = [first]
    for (let n = 1; n < LIVE; n++) versions.push(await create(n))
    const built = await resident()
    await callAll(versions)
    const called = await resident()
    const one = await best(() => callAll([first]))
    const eight = await best(() => callAll(versions.slice(0, 8)))
    const all = await best(() => callAll(versions))
    rows.push({
      place,
      'live versions': LIVE,
      'RSS each, MB': ((called - before) / MB / (LIVE - 1)).toFixed(2),
      'of it before the first call': ((built - before) / MB / (LIVE - 1)).toFixed(2),
      'µs a call, one version': one.toFixed(1),
      '8 in turn': eight.toFixed(1),
      [`${LIVE} in turn`]: all.toFixed(1)
    })
    for (const version of versions) version.dispose()
  }
  return rows
}

/** Eight calls in each turn of the event loop, each to the next version; µs of this process's own time a call. */
async function callAll(versions: readonly Sandbox[]): Promise<number> {
  const begun = now()
  for (let n = 0; n < CALLS; n += 8) {
    const calls: Promise<string>[] = []
    for (let i = n; i < n + 8; i++) calls.push((versions[i % versions.length] as Sandbox).call('pre', [CALL]))
    await Promise.all(calls)
  }
  return ((now() - begun) * 1000) / CALLS
}

async function best(run: () => Promise<number>): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < 3; i++) least = Math.min(least, await run())
  return least
}

/** From the bundle's code to the first answer, as the gateway builds versions: samples warm up what runs in the instance. */
export async function measureFirstCall({ sandboxes }: MeasuredProcess): Promise<object[]> {
  const options = { memoryMb: 64, timeoutMs: 1000, sandboxes, note: undefined, clock: systemClock }
  const make = createSandboxMaker(options as MakeSandboxOptions)
  const example = readFileSync(new URL('../../udl/rank-features/hook.js', import.meta.url), 'utf8')
  const typed = readFileSync(new URL('../../udl/top-k-items/hook.ts', import.meta.url), 'utf8')
  const rows: object[] = []
  for (const [name, source, language] of [
    ['20 fields, no samples', FEATURES, 'js'],
    ['udl/rank-features', example, 'js'],
    ['udl/top-k-items', typed, 'ts'],
    ['256 KB of code', FEATURES + filler(), 'js']
  ] as const) {
    for (const place of ['instance', 'sandbox'] as const) {
      const built: number[] = []
      const answered: number[] = []
      for (let n = 0; n < BUILDS; n++) {
        const code = `${source}\n// ${n}`
        const begun = now()
        const sandbox = await make(place, `bench@${String(n).padStart(64, '0')}`, { code, language } as never)
        built.push(now() - begun)
        await sandbox.call(sandbox.exports.includes('pre') ? 'pre' : 'post', [CALL, CALL]).catch(() => {})
        answered.push(now() - begun)
        sandbox.dispose()
      }
      const ms = (times: readonly number[]): string => `${median(times).toFixed(1)} (${Math.min(...times).toFixed(1)})`
      rows.push({ hook: name, place, 'ready after ms': ms(built), 'first answer after ms': ms(answered) })
    }
  }
  return rows
}

const filler = (): string =>
  Array.from({ length: 4096 }, (_, i) => `\nconst unused${i} = (x) => x.filter((y) => y > ${i}).map(String)`).join('')
