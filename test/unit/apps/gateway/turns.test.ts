import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createTurns, type Slices, type TurnsOptions, type Waiter } from '../../../../src/apps/gateway/turns.ts'

/** Ends with the current turn of the event loop. */
const loopTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Whose work it is where nothing else is said. */
const SOMEBODY = { caller: 'somebody' }

/** Turns by a clock that goes on by a millisecond with each slice; `done` has the names of the slices, `refused` the reasons. */
function record(options: Partial<TurnsOptions> = {}) {
  let ms = 0
  const done: string[] = []
  const refused: string[] = []
  const refuse = (reason: string, text: string): Error => {
    refused.push(reason)
    return new Error(text)
  }
  const turns = createTurns({ now: () => ms, refuse, ...options })
  function* work(name: string, slices: number): Slices<string> {
    for (let left = slices; ; left--) {
      ms++
      done.push(name)
      if (left === 1) return name
      yield
    }
  }
  const waiter = (of: Partial<Waiter>): Waiter => ({
    ...{ holder: SOMEBODY, since: 0, bytes: 1, long: true, check: () => {} },
    ...of
  })
  const run = (name: string, slices: number, of: Partial<Waiter> = {}): Promise<string> =>
    turns.run(work(name, slices), waiter(of))
  return { run, done, refused, turns, waiter }
}

const nobodyWaits = (): never => {
  throw new Error('nobody waits')
}

describe('long work', () => {
  it('is finished one after the other, the oldest first, some milliseconds in each turn of the event loop', async () => {
    const { run, done } = record()
    const all = Promise.all([run('c', 2, { since: 3 }), run('a', 4, { since: 1 }), run('b', 1, { since: 2 })])
    assert.equal(done.join(''), '')
    await loopTurn()
    assert.equal(done.join(''), 'aaa')
    await loopTurn()
    assert.equal(done.join(''), 'aaaabc')
    assert.deepEqual(await all, ['c', 'a', 'b'])
    assert.equal(done.join(''), 'aaaabcc')
  })

  it('of a call that goes on comes before what came after it', async () => {
    const { run, done } = record()
    const first = run('a', 3, { since: 1 }).then(() => run('A', 3, { since: 1 }))
    const second = run('b', 3, { since: 2 })
    await Promise.all([first, second])
    assert.equal(done.join(''), 'aaaAAAbbb')
  })

  it('ends, and lets go, as soon as nobody waits for it, wherever it stands in line', async () => {
    const { run, done } = record({ maxLong: 3 })
    let gone = false
    const check = (): void => {
      if (gone) nobodyWaits()
    }
    const first = run('a', 9)
    const last = [run('b', 1, { check }), run('c', 1, { check })]
    await loopTurn()
    gone = true
    for (const each of last) await assert.rejects(each, /nobody waits/)
    assert.ok(done.length < 9, 'the first one still works')
    await Promise.all([first, run('d', 1), run('e', 1)])
    assert.equal(done.join(''), 'aaaaaaaaade')
  })

  it('is refused when too much of it waits, and taken again when there is room', async () => {
    const { run, refused } = record({ maxLong: 2 })
    const taken = [run('a', 3), run('b', 3)]
    await assert.rejects(run('c', 1), /found 2 large calls in line/)
    assert.deepEqual(refused, ['large_line'])
    await Promise.all(taken)
    assert.equal(await run('c', 1), 'c')
  })

  it('is refused when requests of too many bytes wait; one alone may be larger', async () => {
    const { run, refused } = record({ maxBytes: 100 })
    const alone = run('a', 1, { bytes: 1000 })
    await assert.rejects(run('b', 1), /found 1000 bytes/)
    await alone
    const both = [run('a', 1, { bytes: 60 }), run('b', 1, { bytes: 40, holder: { caller: 'another' } })]
    await assert.rejects(
      run('c', 1, { long: false, bytes: 61 }).then(() => run('c', 1, { bytes: 1, holder: { caller: 'a third' } })),
      /found 100 bytes/
    )
    assert.deepEqual(refused, ['large_bytes', 'large_bytes'])
    await Promise.all(both)
  })

  it('of a call that was at the model is not refused, and takes no room from others', async () => {
    const { run, refused } = record({ maxLong: 1, maxBytes: 10 })
    const answers = [1, 2, 3].map((since) => run('a', 2, { since, bytes: 100, begun: true }))
    assert.equal(await run('b', 1), 'b')
    await Promise.all(answers)
    assert.deepEqual(refused, [])
  })

  it('ends with what it throws, and the next one goes on', async () => {
    const { run, turns, waiter } = record()
    // biome-ignore lint/correctness/useYield: it fails in its first slice.
    const failing = function* (): Slices<never> {
      throw new RangeError('broken')
    }
    await assert.rejects(turns.run(failing(), waiter({})), RangeError)
    await assert.rejects(turns.run(failing(), waiter({ long: false })), RangeError)
    assert.equal(await run('a', 1), 'a')
  })
})

describe('callers with long work', () => {
  const [flood, other] = [{ caller: 'flood' }, { caller: 'other' }]

  it('have their turn one after the other, each with its oldest call', async () => {
    const { run, done } = record()
    const all = [
      ...['a', 'b', 'c'].map((name, index) => run(name, 2, { holder: flood, since: 9 - index })),
      ...['X', 'Y'].map((name, index) => run(name, 2, { holder: other, since: 20 - index }))
    ]
    await Promise.all(all)
    assert.equal(done.join(''), 'ccYYbbXXaa')
  })

  it('find room beside one that fills four fifths of the line, and that one no more', async () => {
    const { run, refused } = record({ maxLong: 10 })
    const ended = await Promise.allSettled([
      ...Array.from({ length: 9 }, () => run('a', 1, { holder: flood })),
      run('b', 1, { holder: other }),
      run('a', 1, { holder: flood }),
      run('b', 1, { holder: other }),
      run('b', 1, { holder: other })
    ])
    const failed = ended.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []))
    assert.deepEqual(failed, [8, 10, 12])
    assert.deepEqual(refused, ['large_share', 'large_share', 'large_line'])
  })

  it('find room beside one whose requests fill four fifths of the bytes, and that one no more', async () => {
    const { run, refused } = record({ maxBytes: 100 })
    const ended = await Promise.allSettled([
      run('a', 1, { holder: flood, bytes: 80 }),
      run('a', 1, { holder: flood, bytes: 1 }),
      run('b', 1, { holder: other, bytes: 20 })
    ])
    assert.deepEqual(
      ended.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled']
    )
    assert.match(String((ended[1] as PromiseRejectedResult).reason), /found 80 bytes of large calls of flood among 80/)
    assert.deepEqual(refused, ['large_share'])
    assert.equal(await run('a', 1, { holder: flood, bytes: 90 }), 'a', 'there is room again')
  })
})

describe('work that may be short', () => {
  it('is done at once, and no more of it in one turn of the event loop than there is time for', async () => {
    const { run, done } = record()
    const all = ['a', 'b', 'c', 'd', 'e'].map((name) => run(name, 1, { long: false }))
    assert.equal(done.join(''), 'ab')
    await loopTurn()
    assert.equal(done.join(''), 'abcd')
    await loopTurn()
    assert.equal(done.join(''), 'abcde')
    assert.deepEqual(await Promise.all(all), ['a', 'b', 'c', 'd', 'e'])
  })

  it('does not wait for long work', async () => {
    const { run, done } = record()
    const long = [run('a', 20), run('b', 20)]
    await loopTurn()
    assert.equal(await run('c', 1, { long: false }), 'c')
    const rest = [run('d', 1, { long: false }), run('e', 1, { long: false }), run('f', 1, { long: false })]
    await Promise.all(rest)
    assert.ok(done.length < 12, done.join(''))
    await Promise.all(long)
  })

  it('gets in line when it turns out to be long', async () => {
    const { run, done } = record({ maxLong: 2 })
    const bombs = ['a', 'b', 'c', 'd'].map((name, since) => run(name, 9, { long: false, since }))
    const refused = Promise.all(bombs.slice(2).map((each) => assert.rejects(each, /2 large calls in line/)))
    await Promise.all(bombs.slice(0, 2))
    await refused
    assert.equal(done.join('').replaceAll(/[cd]/g, ''), `ab${'a'.repeat(8)}${'b'.repeat(8)}`)
  })

  it('that waits for its first slice ends when nobody waits for it', async () => {
    const { run, done } = record()
    const all = [run('a', 1, { long: false }), run('b', 1, { long: false })]
    await assert.rejects(run('c', 1, { long: false, check: nobodyWaits }), /nobody waits/)
    await Promise.all(all)
    assert.equal(done.join(''), 'ab')
  })
})
