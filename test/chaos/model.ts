import { join } from 'node:path'
import { type PeerProcess, startProcess, waitUntilReady } from '../peers/process.ts'
import type { Behaviour, DoorCounts } from './model-server.ts'

/** A model server in a process of its own, with several doors (ports) to the same model. */
export interface Model {
  /** `127.0.0.1:port` of each door. */
  readonly addresses: readonly string[]
  /** Resolves when the door behaves so. */
  behave(door: number, behaviour: Behaviour): Promise<void>
  /** By door. */
  counts(): Promise<readonly DoorCounts[]>
  /** Kills the process; nothing answers until `start`. */
  kill(): Promise<void>
  /** Starts it again with the same doors. */
  start(): Promise<void>
  stop(): Promise<void>
}

interface Ports {
  readonly doors: readonly number[]
  readonly control: number
}

export async function startModel(doors: number): Promise<Model> {
  const first = await begin(Array.from({ length: doors }, () => 0))
  let { peer, ports } = first
  const tell = async (path: string, body: object): Promise<readonly DoorCounts[]> => {
    const url = `http://127.0.0.1:${ports.control}${path}`
    const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
    return (await answer.json()) as readonly DoorCounts[]
  }
  let earlier: readonly DoorCounts[] = []
  const counts = async (): Promise<readonly DoorCounts[]> =>
    (await tell('/', {})).map(({ requests, abandoned }, door) => ({
      requests: requests + (earlier[door]?.requests ?? 0),
      abandoned: abandoned + (earlier[door]?.abandoned ?? 0)
    }))
  return {
    addresses: first.ports.doors.map((port) => `127.0.0.1:${port}`),
    behave: async (door, behaviour) => void (await tell(`/doors/${door}`, behaviour)),
    counts,
    async kill() {
      earlier = await counts()
      await peer.stop(0)
    },
    async start() {
      ;({ peer, ports } = await begin(first.ports.doors))
    },
    stop: () => peer.stop(2000)
  }
}

/** Starts the program with these doors; 0 is any free port. */
async function begin(doors: readonly number[]): Promise<{ readonly peer: PeerProcess; readonly ports: Ports }> {
  let ports: Ports | undefined
  const peer = startProcess({
    name: 'model',
    command: process.execPath,
    args: [join(import.meta.dirname, 'model-server.ts'), ...doors.map(String)],
    endsWithInput: true,
    onLine: (line) => {
      ports = JSON.parse(line) as Ports
    }
  })
  return { peer, ports: await waitUntilReady(peer, 'model', () => ports) }
}
