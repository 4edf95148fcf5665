import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { Receipts } from '#contracts/api/receipts'
import { ManagerClient } from '../../../../../src/apps/cli/manager/client.ts'
import { type Target, waitForReceipts } from '../../../../../src/apps/cli/manager/wait.ts'
import { type StandIn, startStandIn } from '../../../../harness/live-summary.ts'

/** A manager of thousands of documents is asked five times a second: its whole answer would be megabytes. */
describe('`--wait` asks', () => {
  let standIn: StandIn
  before(async () => {
    standIn = await startStandIn()
  })
  after(() => standIn.close())
  beforeEach(() => {
    standIn.asked.length = 0
  })

  const wait = async (targets: readonly Target[]): Promise<URL> => {
    const applied = Object.fromEntries(targets.map(({ place }) => [place, 1]))
    const receipts: Receipts = {
      leader: true,
      connected: true,
      unwritten: {},
      published: {},
      instances: [{ instance: 'gw-1', role: 'gateway', applied, refused: {}, disabled: {} }],
      alarms: [],
      repairs: 0
    }
    standIn.answer = () => ({ status: 200, body: JSON.stringify(receipts) })
    const client = new ManagerClient(standIn.url, 'a token', 'prod')
    await waitForReceipts(client, targets, { enough: 1, among: 1, limitMs: 10_000 }, () => {})
    return new URL(standIn.asked[0]?.path ?? '', standIn.url)
  }

  test('only for what it waits for', async () => {
    const { pathname, searchParams } = await wait([
      { place: 'models/rank', generation: 1 },
      { place: 'services/com.example.Rank:1.0@blue, green', generation: 1 }
    ])
    assert.equal(pathname, '/api/v1/environments/prod/receipts')
    assert.deepEqual(searchParams.getAll('document'), ['models/rank', 'services/com.example.Rank:1.0@blue, green'])
  })

  for (const [what, count, length] of [
    ['more places than it takes', 101, 10],
    ['places longer than a URL', 20, 500]
  ] as const) {
    test(`for all where it would be ${what}`, async () => {
      const targets = Array.from({ length: count }, (_, index) => ({
        place: `models/${'m'.repeat(length)}${index}`,
        generation: 1
      }))
      const { searchParams } = await wait(targets)
      assert.deepEqual(searchParams.getAll('document'), [])
    })
  }
})
