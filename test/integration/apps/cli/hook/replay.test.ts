import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { HDoubles, HInt } from '#lib/hessian2'
import { hexOfCode } from '../../../../../src/apps/cli/hook/source.ts'
import {
  type EmbeddedGateway,
  modelDocument,
  SERVICE,
  serviceDocument,
  startEmbeddedGateway
} from '../../../../harness/embedded-gateway.ts'
import { mapOf } from '../../../../harness/hessian-values.ts'
import { type ModelServer, startModelServer } from '../../../../harness/model-server.ts'

const LIVE = `
export const pre = (call) => ({ body: { instances: [call.args[0].features] } })
export const post = (reply, call) => ({ id: call.args[0].userId, score: reply.body.predictions[0][0] })
`
const FILES = {
  'live.js': LIVE,
  'close.js': LIVE.replace('predictions[0][0]', 'predictions[0][0] * (1 + 1e-9)'),
  'far.js': LIVE.replace('predictions[0][0]', 'predictions[0][0] * (call.args[0].userId === 3 ? 2 : 1)'),
  'bomb.js': LIVE.replace(
    'predictions[0][0]',
    'predictions[call.args[0].userId === 3 ? new Array(3e8).fill(0).length : 0][0]'
  )
}

async function replay(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, ['--no-node-snapshot', 'src/bin/abox.ts', 'hook', 'replay', ...args], {
    stdio: 'pipe'
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, err }
}

describe('abox hook replay', () => {
  let model: ModelServer
  let gateway: EmbeddedGateway
  before(async () => {
    model = await startModelServer(({ body }) => ({
      predictions: (JSON.parse(body) as { instances: unknown }).instances
    }))
    gateway = await startEmbeddedGateway({
      documents: [
        serviceDocument([{ name: 'rank', model: 'rank', hook: 'shape' }]),
        modelDocument({ legacy: { origin: model.origin, percent: 100 } }),
        { kind: 'Hook', name: 'shape', versions: [{ file: 'live.js' }] }
      ],
      files: FILES,
      config: { recordings: { dir: 'recordings', ppm: 1_000_000 } }
    })
    for (let userId = 0; userId < 5; userId++) {
      const features = new HDoubles(Float64Array.of(userId + 0.5, 1))
      const args = [
        mapOf([
          ['userId', new HInt(userId)],
          ['features', features]
        ])
      ]
      await gateway.client.call({ service: SERVICE, method: 'rank', args, parameterTypes: [], generic: true })
    }
    await gateway.instance.flush()
  })
  after(async () => {
    await gateway.close()
    await model.close()
  })
  const file = (name: string): string => join(gateway.folder, name)
  const from = (): string[] => ['--from', file('recordings')]

  test('the version in force does again what a gateway recorded of it', async () => {
    const { code, out, err } = await replay(...from(), '--against', file('live.js'))
    assert.deepEqual([code, err], [0, ''])
    assert.match(
      out,
      /^hook {3}shape\nold {4}as recorded\nnew {4}live@[0-9a-f]{12} .*\ncalls {2}5: 5 equal, 0 within tolerance, 0 different, 0 failed$/m
    )
    assert.match(out, /no difference in \d+ values/)
  })

  test('differences within the tolerance pass, a tighter tolerance lets none pass', async () => {
    const wide = await replay(...from(), '--base', file('live.js'), '--against', file('close.js'), '-o', 'json')
    assert.equal(wide.code, 0)
    assert.deepEqual((JSON.parse(wide.out) as { calls: object }).calls, {
      equal: 0,
      within: 5,
      different: 0,
      error: 0,
      fixed: 0
    })
    assert.equal((await replay(...from(), '--against', file('close.js'), '--tolerance', '0')).code, 1)
  })

  test('one call that differs ends with exit code 1 and shows field and values, unless one may', async () => {
    const args = [...from(), '--against', file('far.js')]
    const { code, out } = await replay(...args)
    assert.equal(code, 1)
    assert.match(
      out,
      /result\.score +1 different of 5, max relative 0\.500\n.*recordings.*\.jsonl:4 result\.score: old 3\.5, new 7\n/
    )
    assert.match(out, /FAIL: 1 calls differ or fail, at most 0 may/)
    assert.equal((await replay(...args, '--max-different', '1')).code, 0)
    assert.equal((await replay(...args, '--limit', '3')).code, 0)
    assert.equal((await replay(...args, '--ignore', 'result.score')).code, 0)
  })

  test('a version that kills its process fails its own call, and the others are compared', async () => {
    const { code, out } = await replay(...from(), '--against', file('bomb.js'), '-o', 'json')
    assert.equal(code, 1)
    const { calls, errors } = JSON.parse(out) as { calls: { equal: number; error: number }; errors: { code: string }[] }
    assert.deepEqual([calls.equal, calls.error], [4, 1])
    assert.match(errors[0]?.code ?? '', /^ABOX_HOOK_(CRASH|MEMORY|TIMEOUT)$/)
  })

  test('a version is found in a store by its digest, and refused where its code has another one', async () => {
    await mkdir(file('store'))
    const hex = hexOfCode(LIVE)
    await writeFile(file(`store/${hex}.js`), LIVE)
    const given = [...from(), '--store', file('store'), '--against']
    assert.equal((await replay(...given, `sha256:${hex}`)).code, 0)
    await writeFile(file(`store/${hex}.js`), `${LIVE} `)
    const other = await replay(...given, `sha256:${hex}`)
    assert.equal(other.code, 1)
    assert.match(other.err, /ABOX_HOOK_FILE: .*the code has digest sha256:/)
  })

  test('arguments that cannot be used end with exit code 2 and say what is expected', async () => {
    assert.match((await replay('--against', file('live.js'))).err, /ABOX_CLI_USAGE: found no --from/)
    assert.match((await replay(...from())).err, /ABOX_CLI_USAGE: found no --against/)
    const bad = await replay(...from(), '--against', file('live.js'), '--tolerance', 'x')
    assert.equal(bad.code, 2)
    assert.match(bad.err, /--tolerance: found "x"/)
    const none = await replay(...from(), '--against', file('live.js'), '--hook', 'other')
    assert.equal(none.code, 1)
    assert.match(none.err, /found no recorded calls of this hook/)
  })
})
