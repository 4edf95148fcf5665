import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { type RunningManager, startManager } from '../../../harness/manager.ts'

/** What comes back for `bytes`, until the manager ends the connection; this end stays open. */
function answerTo(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = ''
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => socket.write(bytes))
    socket.on('data', (chunk) => {
      got += chunk.toString()
    })
    socket.on('end', () => resolve(got)).on('error', reject)
  })
}

describe('those who send slowly or too much', () => {
  let running: RunningManager
  before(async () => {
    running = await startManager({ arrivesWithinMs: 1500 })
  })
  after(() => running.close())

  const head = (more: string): string => {
    const own = Object.entries(running.root.headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const path = '/api/v1/environments/qa/clusters/x'
    return `PUT ${path} HTTP/1.1\r\nhost: x\r\n${own.join('')}content-type: application/json\r\n${more}`
  }

  function assertRefused(answer: string, status: number): void {
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `))
    assert.match(answer, /content-type: application\/problem\+json/i)
    assert.match(answer, /"code":"ABOX_REQUEST_INVALID"/)
    assert.match(answer, new RegExp(`"status":${status}`))
  }

  test('a head that does not end is refused with 408 and closed', async () => {
    assertRefused(await answerTo(running.manager.port, head('x: ')), 408)
  })

  test('a body that does not end is refused with 408 and closed', async () => {
    assertRefused(await answerTo(running.manager.port, head('content-length: 100\r\n\r\n{"kind":')), 408)
  })

  test('a body of 10 MB is refused with 413 by its head, before any of it has come', async () => {
    assertRefused(await answerTo(running.manager.port, head('content-length: 10000000\r\n\r\n')), 413)
  })

  test('a body of no said length is refused with 413 where it becomes too long', async () => {
    const part = `10000\r\n${'x'.repeat(65_536)}\r\n`
    assertRefused(
      await answerTo(running.manager.port, head(`transfer-encoding: chunked\r\n\r\n${part.repeat(20)}`)),
      413
    )
  })

  test('thousands of short headers are refused with 431', async () => {
    assertRefused(await answerTo(running.manager.port, head(`${'a: b\r\n'.repeat(5000)}\r\n`)), 431)
  })
})

test('a manager that ends does not wait for those who still send', async () => {
  const running = await startManager()
  const socket = connect({ port: running.manager.port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => {})
  const text = 'content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: 100\r\n\r\n'
  socket.write(`POST /api/v1/session HTTP/1.1\r\nhost: x\r\n${text}`)
  // It has read the head by then.
  await new Promise((resolve) => socket.once('data', resolve))
  await running.close()
  socket.destroy()
})
