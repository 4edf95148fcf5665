import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { faults } from '../chaos/faults.ts'
import { problemsOf, reportTable } from '../chaos/report.ts'
import { runSequence } from '../chaos/sequence.ts'
import { startWorld, type World } from '../chaos/world.ts'
import { describeWithPeers } from '../harness/peers.ts'

/** The short form of `npm run chaos`. */
describeWithPeers('faults while Java consumers call', ['zookeeper', 'java', 'nginx'], () => {
  let world: World

  before(async () => {
    world = await startWorld(['27', '33'], 0)
  })
  after(() => world.stop())

  for (const name of ['rolling-restart', 'nginx-reload', 'instance-kill']) {
    test(`${name} costs no more calls than it may`, async () => {
      const rows = await runSequence(
        world,
        faults.filter((fault) => fault.name === name),
        () => {}
      )
      console.log(reportTable(rows))
      assert.deepEqual(rows.flatMap(problemsOf), [])
      assert.equal(rows.length, 1)
    })
  }
})
