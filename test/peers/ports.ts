import { createServer, type Server } from 'node:net'

/** A port that was free a moment ago, on all addresses. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1)
  if (port === undefined) throw new Error('no free port')
  return port
}

/** Several at once, all different. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject)
          server.listen(0, () => {
            const address = server.address()
            resolve(address !== null && typeof address === 'object' ? address.port : 0)
          })
        })
    )
  )
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/**
 * The first of several free ports one after the other, as the instances of a gateway take them: one for each and one more. They
 * are looked for below the ports that the system gives to connections, which would take one of them now and then.
 */
export async function freeRun(count: number): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const first = 21_000 + Math.floor(Math.random() * 10_000)
    const servers = await Promise.all(Array.from({ length: count }, (_, index) => hold(first + index)))
    const held = servers.filter((server) => server !== undefined)
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))))
    if (held.length === count) return first
    if (attempt === 50) throw new Error(`no ${count} free ports in a row`)
  }
}

function hold(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(port, () => resolve(server))
  })
}

/** Starts a program that has to be told its ports. Another process may take one first: then it is tried again with others. */
export async function onFreePorts<T>(count: number, start: (ports: readonly number[]) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await freePorts(count))
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      if (attempt === 3 || !/address already in use|BindException|EADDRINUSE/i.test(text)) throw error
    }
  }
}
