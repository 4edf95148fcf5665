import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A proxy in front of a manager that lets no stream live. */
export interface CuttingProxy {
  readonly url: string
  /** Streams that were asked for, those that it has refused among them. */
  opened(): number
  close(): Promise<void>
}

const REFUSAL = 'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 4\r\nconnection: close\r\n\r\naway'
const STREAM = /^GET \/api\/v1\/(events|environments\/[^ ]*\/live\/stream)[? ]/

/**
 * Cuts each stream a few bytes behind its first event, in the middle of the next one where there is one. The second stream
 * is refused with 503 by the proxy itself, the third reset before an answer.
 */
export async function startCuttingProxy(target: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let opened = 0
  const server = createServer((client) => {
    const manager = connect(Number(port), hostname)
    let isStream = false
    let told = ''
    for (const socket of [client, manager]) {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    }
    client.on('close', () => manager.destroy())
    manager.on('close', () => client.end())
    client.on('data', (chunk) => {
      isStream = STREAM.test(chunk.toString('latin1'))
      if (isStream) {
        told = ''
        opened++
        if (opened === 2) return void client.end(REFUSAL)
        if (opened === 3) return void client.resetAndDestroy()
      }
      manager.write(chunk)
    })
    manager.on('data', (chunk) => {
      if (client.writableEnded) return
      if (!isStream) return void client.write(chunk)
      const before = told.length
      told += chunk.toString('latin1')
      const event = /\ndata: [^\n]*\n\n/.exec(told)
      if (event === null) return void client.write(chunk)
      const end = event.index + event[0].length + 9
      client.end(chunk.subarray(0, Math.max(0, end - before)))
      manager.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    opened: () => opened,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      })
  }
}
