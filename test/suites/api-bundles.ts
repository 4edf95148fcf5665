import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { MakeDatabase } from '../harness/databases.ts'
import { type Client, landscape, putAll, type RunningManager, startManager } from '../harness/manager.ts'

const UPLOAD = '/api/v1/environments/qa/bundles'

/** Uploading and reading code, on either database. */
export function bundlesApiSuite(make: MakeDatabase): void {
  let running: RunningManager
  let ann: Client
  let bob: Client
  before(async () => {
    running = await startManager({ url: await make() })
    ann = await running.addUser('ann')
    bob = await running.addUser('bob')
    const member = (user: string): object[] => [{ user, role: 'engineer', environments: ['qa'] }]
    await putAll(running.root, landscape({ rank: member('ann'), fraud: member('bob') }))
  })
  after(() => running.close())

  const bundle = (code: string, more = {}): object => ({ language: 'js', code, businessGroup: 'rank', ...more })

  test('is uploaded once, named by its digest, and then a Hook document may name it', async () => {
    const code = 'export const pre = (call) => ({ body: call.args })\n'
    const made = await ann.ask('POST', UPLOAD, { body: bundle(code) })
    assert.equal(made.status, 201, made.text)
    const { digest } = made.body as unknown as { digest: string }
    assert.equal((await ann.ask('POST', UPLOAD, { body: bundle(code, { digest }) })).status, 200)
    assert.equal((await ann.ask('GET', `/api/v1/bundles/${digest}`)).text, code)
    await putAll(ann, {
      'environments/qa/hooks/h': {
        kind: 'Hook',
        name: 'h',
        businessGroup: 'rank',
        versions: [{ digest, weight: 1_000_000 }]
      }
    })
    const [line] = (await ann.ask('GET', '/api/v1/audit?action=upload')).body.items
    assert.equal(line?.key, digest)
  })

  test('of another group is neither read nor written nor told of', async () => {
    const made = await ann.ask('POST', UPLOAD, { body: bundle('export const post = 1') })
    const { digest } = made.body as unknown as { digest: string }
    const missing = `sha256:${'0'.repeat(64)}`
    const answers = [digest, missing].map((one) => bob.ask('GET', `/api/v1/bundles/${one}`))
    for (const { status, body } of await Promise.all(answers))
      assert.deepEqual([status, body.code], [403, 'ABOX_FORBIDDEN'])
    assert.equal((await bob.ask('POST', UPLOAD, { body: bundle('x') })).status, 403)
    assert.equal((await bob.ask('POST', UPLOAD, { body: { language: 'js', code: 'x' } })).status, 403)
    assert.equal((await ann.ask('POST', UPLOAD.replace('qa', 'prod'), { body: bundle('x') })).status, 403)
  })

  test('may have 4 MiB, more than other requests, and no more', async () => {
    const upload = (bytes: number) => ann.ask('POST', UPLOAD, { body: bundle(`/*${'x'.repeat(bytes - 4)}*/`) })
    assert.equal((await upload(4 * 1024 * 1024)).status, 201)
    assert.equal((await upload(4 * 1024 * 1024 + 1)).status, 400)
    const tooLong = await upload(7 * 1024 * 1024).catch(() => undefined)
    if (tooLong !== undefined) assert.equal(tooLong.status, 413)
  })

  test('with another digest than it says, in no language or without code is refused', async () => {
    for (const body of [
      bundle('x', { digest: `sha256:${'0'.repeat(64)}` }),
      bundle('x', { language: 'py' }),
      bundle(''),
      bundle('a\0b'),
      { language: 'js' }
    ]) {
      const { status, body: problem } = await ann.ask('POST', UPLOAD, { body })
      assert.deepEqual([status, problem.code], [400, 'ABOX_REQUEST_INVALID'], JSON.stringify(body))
    }
  })
}
