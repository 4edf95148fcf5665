import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hosted, type Job } from '../../../../../src/lib/sandbox/process/jobs.ts'
import { Suspects } from '../../../../../src/lib/sandbox/process/suspects.ts'

const END = { code: null, signal: 'SIGSEGV', reason: 'SIGSEGV', starved: false, foreign: false }

function owner(name: string): Hosted {
  const hosted = new Hosted(1, { name, source: '' })
  hosted.exports = ['pre']
  return hosted
}

function job(of: Hosted): Job {
  return { owner: of, fn: 0, args: [], size: 0, resolve() {}, reject() {}, kills: 0, stalls: 0, settled: false }
}

describe('suspects', () => {
  it('are run again one after the other, and only then others', () => {
    const suspects = new Suspects()
    const jobs = [job(owner('a')), job(owner('b'))]
    assert.deepEqual(suspects.add(jobs, END), [])
    assert.ok(suspects.any)
    assert.equal(suspects.take(), jobs[0])
    assert.ok(suspects.any)
    assert.equal(suspects.take(), jobs[1])
    assert.ok(suspects.any)
    assert.equal(suspects.take(), undefined)
    assert.ok(!suspects.any)
  })

  it('are rejected, by name and signal, when they kill again', () => {
    const suspects = new Suspects()
    const culprit = job(owner('h@1'))
    suspects.add([job(owner('b')), culprit], END)
    suspects.take()
    suspects.take()
    const [[rejected, error] = []] = suspects.add([culprit], END)
    assert.equal(rejected, culprit)
    assert.match(error?.message ?? '', /^ABOX_HOOK_CRASH: h@1: pre\(\) .*SIGSEGV/)
  })

  it('are not tried any more when three others of their sandbox have killed', () => {
    const suspects = new Suspects()
    const bad = owner('bad')
    const jobs = Array.from({ length: 10 }, () => job(bad))
    const good = job(owner('good'))
    suspects.add([...jobs, good], END)
    const rejected = [0, 1, 2].flatMap(() => suspects.add([suspects.take() as Job], END).map(([each]) => each))
    assert.deepEqual(rejected, jobs)
    assert.equal(suspects.take(), good)
  })

  it('are not to blame for the end of a child that had no CPU, and are run again until that ends', () => {
    const suspects = new Suspects()
    const innocent = job(owner('h@1'))
    const starved = { ...END, signal: 'SIGKILL', reason: 'no answer for 3000 ms, SIGKILL', starved: true }
    assert.deepEqual(suspects.add([innocent], END), [])
    assert.deepEqual(suspects.add([innocent], starved), [])
    assert.deepEqual(suspects.add([innocent], starved), [])
    assert.equal(suspects.take(), innocent)
    const [[rejected, error] = []] = suspects.add([innocent], starved)
    assert.equal(rejected, innocent)
    assert.match(error?.message ?? '', /^ABOX_HOOK_PROCESS: h@1: .*had no CPU, 3 times/)
    assert.equal(innocent.owner.convictions, 0)
  })

  it('are not to blame for a SIGKILL of somebody else, however often', () => {
    const suspects = new Suspects()
    const innocent = job(owner('h@1'))
    const foreign = { ...END, signal: 'SIGKILL', reason: 'SIGKILL', foreign: true }
    assert.deepEqual(suspects.add([innocent], foreign), [])
    assert.deepEqual(suspects.add([innocent], foreign), [])
    const [[rejected, error] = []] = suspects.add([innocent], foreign)
    assert.equal(rejected, innocent)
    assert.match(error?.message ?? '', /^ABOX_HOOK_PROCESS: h@1: .*killed by somebody else.*, 3 times \(SIGKILL\)/)
    assert.equal(innocent.owner.convictions, 0)
  })

  it('are forgotten when their sandbox was closed meanwhile', () => {
    const suspects = new Suspects()
    const closed = job(owner('a'))
    suspects.add([closed], END)
    closed.settled = true
    assert.equal(suspects.take(), undefined)
  })
})

describe('the jobs of one sandbox', () => {
  it('go to the child up to 64, the rest as answers come', () => {
    const hosted = owner('a')
    hosted.waiting = Array.from({ length: 100 }, () => job(hosted))
    assert.equal(hosted.take().length, 64)
    hosted.sent = 64
    assert.equal(hosted.take().length, 0)
    hosted.sent = 50
    assert.equal(hosted.take().length, 14)
    assert.equal(hosted.waiting.length, 22)
  })

  it('go to the child up to a million characters, but always one', () => {
    const hosted = owner('a')
    const large = (): Job => ({ ...job(hosted), size: 3_000_000 })
    hosted.waiting = [large(), large()]
    assert.equal(hosted.take().length, 1)
    hosted.sent = 1
    hosted.sentSize = 3_000_000
    assert.equal(hosted.take().length, 0)
  })
})
