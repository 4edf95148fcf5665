import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AboxError } from '#core/errors'
import { cliErrors } from '../../../../../src/apps/cli/errors.ts'
import { type Told, waitUntilDrained } from '../../../../../src/apps/cli/manager/wait-drained.ts'
import { managerErrors } from '../../../../../src/apps/manager/errors.ts'

const away = new AboxError(cliErrors.ABOX_CLI_MANAGER, 'ECONNREFUSED')
const busy: Told = { instance: 'gw-1', state: 'draining', load: { connections: 1, inFlight: 0 } }
const empty: Told = { instance: 'gw-1', state: 'drained', load: { connections: 0, inFlight: 0 } }

/** Waits for what the manager says, one poll after the other and the last one for ever, on a clock of its own. */
async function wait(...polls: readonly (Told | AboxError | undefined)[]) {
  const lines: string[] = []
  let now = 0
  let asked = 0
  const ask = async (): Promise<Told | undefined> => {
    const poll = polls[Math.min(asked++, polls.length - 1)]
    if (poll instanceof AboxError) throw poll
    return poll
  }
  const time = {
    now: () => now,
    pause: async (ms: number) => {
      now += ms
    }
  }
  const told = await waitUntilDrained({ id: 'gw-1', limitMs: 60_000, ask, tell: (line) => lines.push(line), time })
  return { told, lines, seconds: now / 1000 }
}

describe('waiting for an instance that is drained', () => {
  test('tells each change once, and ends when it is empty', async () => {
    const { told, lines } = await wait(busy, busy, empty)
    assert.equal(told, empty)
    assert.deepEqual(lines, ['server gw-1: draining, 1 connections, 0 in flight'])
  })

  test('goes on when the manager is away in between', async () => {
    const { told, lines } = await wait(busy, away, away, busy, empty)
    assert.equal(told, empty)
    assert.deepEqual(lines, [
      'server gw-1: draining, 1 connections, 0 in flight',
      'server gw-1: ABOX_CLI_MANAGER: ECONNREFUSED',
      'server gw-1: draining, 1 connections, 0 in flight'
    ])
  })

  test('ends when the instance has, and not at the first answer without it', async () => {
    const { told, seconds } = await wait(busy, undefined)
    assert.equal(told.state, 'gone')
    assert.equal(seconds, 15.5)
    const back = await wait(...Array.from({ length: 29 }, () => undefined), busy, undefined, undefined, empty)
    assert.equal(back.told, empty)
  })

  test('does not take a manager that is away for an instance that has ended', async () => {
    await assert.rejects(wait(undefined, away), {
      code: 'ABOX_CLI_DRAIN',
      message: /server gw-1: ABOX_CLI_MANAGER: ECONNREFUSED after 60 s, expected drained/
    })
  })

  test('says how far it was at the end of the time', async () => {
    await assert.rejects(wait(busy), {
      code: 'ABOX_CLI_DRAIN',
      message: /draining, 1 connections, 0 in flight after 60 s/
    })
  })

  test('ends at once at a refusal', async () => {
    await assert.rejects(wait(busy, new AboxError(managerErrors.ABOX_FORBIDDEN, 'no')), { code: 'ABOX_FORBIDDEN' })
  })
})
