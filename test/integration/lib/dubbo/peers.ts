import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { createDubboServer, type DubboRequest, type DubboServer, type DubboServerOptions } from '#lib/dubbo'
import { FrameSplitter } from '../../../../src/lib/dubbo/splitter.ts'

const WAIT_MS = 45_000

/** Waits until `condition` holds; fails naming `what` after WAIT_MS. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + WAIT_MS
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited ${WAIT_MS} ms in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

export interface Started {
  readonly server: DubboServer
  readonly port: number
  /** Requests in the order of their arrival. */
  readonly requests: DubboRequest[]
  /** How often each event happened. */
  readonly counts: ReadonlyMap<string, number>
}

/** A server on a free port of loopback that keeps its requests; closed at the end of the test. */
export async function startServer(t: TestContext, options: Partial<DubboServerOptions> = {}): Promise<Started> {
  const requests: DubboRequest[] = []
  const counts = new Map<string, number>()
  const server = createDubboServer({
    host: '127.0.0.1',
    port: 0,
    lingerMs: 200,
    ...options,
    onRequest: (request) => {
      requests.push(request)
      options.onRequest?.(request)
    },
    onEvent: (event) => counts.set(event, (counts.get(event) ?? 0) + 1)
  })
  const { port } = await server.listen()
  t.after(() => server.close())
  return { server, port, requests, counts }
}

/** A TCP peer that sends any bytes and cuts what it gets into frames. */
export class RawPeer {
  readonly socket: Socket
  closed = false
  bytesReceived = 0
  readonly #frames: Buffer[] = []

  private constructor(socket: Socket) {
    const splitter = new FrameSplitter(1 << 30, {
      onFrame: (frame) => this.#frames.push(frame),
      onBroken: (fault) => socket.destroy(new Error(fault))
    })
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.bytesReceived += chunk.length
      splitter.push(chunk, 0)
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.closed = true
    })
  }

  /** `allowHalfOpen`: does not close when the other side does. */
  static async connect(t: TestContext, port: number, allowHalfOpen = false): Promise<RawPeer> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen })
    t.after(() => socket.destroy())
    await once(socket, 'connect')
    return new RawPeer(socket)
  }

  send(...parts: (string | Buffer)[]): void {
    const buffers = parts.map((part) =>
      typeof part === 'string' ? Buffer.from(part.replaceAll(' ', ''), 'hex') : part
    )
    this.socket.write(Buffer.concat(buffers))
  }

  /** Takes the next frame. */
  async frame(): Promise<Buffer> {
    if (this.#frames.length === 0) await until(() => this.#frames.length > 0 || this.closed, 'a frame')
    const frame = this.#frames.shift()
    if (frame === undefined) throw new Error('closed before a whole frame was there')
    return frame
  }

  async end(): Promise<void> {
    await until(() => this.closed, 'the end of the connection')
  }
}

/** A TCP listener that hands its sockets out and answers nothing by itself. */
export async function startListener(t: TestContext, onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onSocket(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** `2.0.2 a.B 0.0.0 m () {}`: the shortest body of a call. */
export const CALL_BODY = Buffer.from('05322e302e3203612e4205302e302e30016d00485a', 'hex')

export interface FrameParts {
  readonly flags?: number
  readonly id?: string
  readonly length?: number
  readonly body?: Buffer
}

/** A request frame; two-way, hessian2, a right length and CALL_BODY as far as `parts` does not say otherwise. */
export function requestFrame(parts: FrameParts = {}): Buffer {
  const body = parts.body ?? CALL_BODY
  const header = Buffer.alloc(16)
  header.write('dabb', 'hex')
  header[2] = parts.flags ?? 0xc2
  header.write((parts.id ?? '00').padStart(16, '0'), 4, 'hex')
  header.writeInt32BE(parts.length ?? body.length, 12)
  return Buffer.concat([header, body])
}
