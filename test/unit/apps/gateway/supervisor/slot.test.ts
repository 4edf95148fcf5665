import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { systemClock } from '#core/clock'
import { silentLogger } from '#core/logger'
import type { GatewayConfig } from '../../../../../src/apps/gateway/config.ts'
import type { FromInstance, ToInstance } from '../../../../../src/apps/gateway/messages.ts'
import type {
  InstanceProcess,
  ProcessEnd,
  ProcessListener
} from '../../../../../src/apps/gateway/supervisor/instance-process.ts'
import { createSlot } from '../../../../../src/apps/gateway/supervisor/slot.ts'
import type { Slot, SlotHost } from '../../../../../src/apps/gateway/supervisor/slot-types.ts'
import { until } from '../../../../harness/until.ts'

/** What happened, in order: `launch 0`, `spare take 2`, `bury p1`, … */
let events: string[] = []
let processes: FakeProcess[] = []
beforeEach(() => {
  events = []
  processes = []
})

interface FakeProcess extends InstanceProcess {
  readonly name: string
  hear(message: FromInstance): void
  die(): void
}

function createFakeProcess(): FakeProcess {
  const name = `p${processes.length + 1}`
  let listener: ProcessListener | undefined
  const gone = Promise.withResolvers<ProcessEnd>()
  const end = (how: ProcessEnd): void => {
    gone.resolve(how)
    listener?.onEnd(how)
  }
  const fake: FakeProcess = {
    name,
    pid: processes.length + 1,
    note: '',
    send(message: ToInstance) {
      if (message.type === 'take') events.push(`${name} takes ${message.index}`)
      if (message.type === 'drain') {
        events.push(`${name} drains`)
        end({ code: 0, signal: null })
      }
    },
    ask: () => Promise.resolve(undefined),
    listen: (next) => {
      listener = next
    },
    kill: () => end({ code: null, signal: 'SIGKILL' }),
    sessions: () => [{ address: 'zk:1', id: name, password: '' }],
    gone: gone.promise,
    hear: (message) => listener?.onMessage(message),
    die: () => end({ code: null, signal: 'SIGSEGV' })
  }
  processes.push(fake)
  return fake
}

function createHost(next: number, spare?: () => InstanceProcess): SlotHost {
  return {
    log: silentLogger,
    clock: systemClock,
    watchdog: {
      add: () => ({ answered: () => {}, end: () => {} }),
      lagMs: () => 0,
      setLimit: () => {},
      close: () => {}
    },
    undertaker: {
      bury(sessions) {
        events.push(`bury ${sessions.map(({ id }) => id).join()}`)
        return Promise.resolve()
      },
      close: () => {}
    },
    onEnd: () => {},
    launch({ index, restarted }) {
      events.push(`${restarted ? 'launch again' : 'launch'} ${index}`)
      return createFakeProcess()
    },
    takeSpare: () => spare?.(),
    indexAfter: () => next,
    onReady: () => {},
    onStuck: (slot, child, key) => events.push(`${key} is stuck in ${slot.index()} ${child.pid}`),
    onRestart: (index, reason) => events.push(`${reason} of ${index}`)
  }
}

const last = (): FakeProcess => processes.at(-1) as FakeProcess
/** A slot at index 0 whose first process is ready and visible. */
async function startSlot(host: SlotHost): Promise<Slot> {
  const slot = createSlot(0, {} as GatewayConfig, host)
  const started = slot.start()
  last().hear({ type: 'ready', port: 1, id: 'gw-0' })
  await started
  assert.equal(slot.state(), 'registering')
  last().hear({ type: 'visible' })
  assert.equal(slot.state(), 'ready')
  events = []
  return slot
}
const another = (): Promise<void> => until('another process', () => processes.length === 2)

test('on another index the successor comes first, and the dead one is buried when that is visible', async () => {
  const slot = await startSlot(createHost(2))
  last().die()
  assert.deepEqual([slot.state(), slot.visibleMs(), slot.port()], ['down', -1, undefined])
  await another()
  last().hear({ type: 'ready', port: 3, id: 'gw-2' })
  assert.deepEqual(events, ['crash of 0', 'launch again 2'])
  assert.deepEqual([slot.holds(0), slot.holds(2)], [true, true], 'nobody may register what is not taken back yet')
  last().hear({ type: 'visible' })
  assert.deepEqual(events, ['crash of 0', 'launch again 2', 'bury p1'])
  assert.deepEqual([slot.index(), slot.state()], [2, 'ready'])
  await until('the old index to be free', () => !slot.holds(0))
})

test('on the same index the dead one is buried before the successor comes', async () => {
  await startSlot(createHost(0))
  last().die()
  await another()
  assert.deepEqual(events, ['crash of 0', 'bury p1', 'launch again 0'])
})

test('a process says which hook cannot be stopped in it', async () => {
  await startSlot(createHost(0))
  last().hear({ type: 'stuck', key: 'rank@sha256:1' })
  assert.deepEqual(events, ['rank@sha256:1 is stuck in 0 1'])
})

test('a spare that waits takes the place', async () => {
  await startSlot(createHost(2, createFakeProcess))
  last().die()
  await another()
  await until('it to be told', () => events.length === 2)
  assert.deepEqual(events, ['crash of 0', 'p2 takes 2'])
})

test('a slot that drains is not filled again, and one that ended as told is not buried', async () => {
  const slot = await startSlot(createHost(2))
  await slot.drain(1000, false)
  assert.deepEqual(events, ['p1 drains'])
  assert.equal(slot.state(), 'gone')
  assert.equal(processes.length, 1)
})

test('a first process that fails is the reason of the start, and is not tried again', async () => {
  const slot = createSlot(0, {} as GatewayConfig, createHost(2))
  const started = slot.start()
  const error = {
    code: 'ABOX_LISTEN',
    message: 'ABOX_LISTEN: 1: taken',
    fault: 'operator',
    retryable: false,
    remedy: ''
  } as const
  last().hear({ type: 'failed', error })
  last().die()
  await assert.rejects(started, { code: 'ABOX_LISTEN', message: 'ABOX_LISTEN: 1: taken' })
  assert.equal(slot.state(), 'gone')
  assert.deepEqual(events, ['launch 0'])
})

test('a drain ends the pause before the next start, and nothing is started any more', async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  // The second death within a minute is answered by a pause.
  const slot = await startSlot(createHost(0))
  last().die()
  await another()
  const before = timers()
  last().die()
  await until('the pause', () => timers() === before + 1)
  await slot.drain(1000, false)
  assert.equal(timers(), before)
  assert.equal(slot.state(), 'gone')
  assert.equal(processes.length, 2)
})
