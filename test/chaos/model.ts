import { join } from 'node:path'
import { startProcess, waitUntilReady } from '../peers/process.ts'
import type { Behaviour, DoorCounts } from './model-server.ts'

/** A model server in a process of its own, with several doors (ports) to the same model. */
export interface Model {
  /** `127.0.0.1:port` of each door. */
  readonly addresses: readonly string[]
  /** Resolves when the door behaves so. */
  behave(door: number, behaviour: Behaviour): Promise<void>
  /** By door. */
  counts(): Promise<readonly DoorCounts[]>
  stop(): Promise<void>
}

interface Ports {
  readonly doors: readonly number[]
  readonly control: number
}

export async function startModel(doors: number): Promise<Model> {
  let ports: Ports | undefined
  const peer = startProcess({
    name: 'model',
    command: process.execPath,
    args: [join(import.meta.dirname, 'model-server.ts'), String(doors)],
    endsWithInput: true,
    onLine: (line) => {
      ports = JSON.parse(line) as Ports
    }
  })
  const { doors: open, control } = await waitUntilReady(peer, 'model', () => ports)
  const tell = async (path: string, body: object): Promise<readonly DoorCounts[]> => {
    const answer = await fetch(`http://127.0.0.1:${control}${path}`, { method: 'POST', body: JSON.stringify(body) })
    return (await answer.json()) as readonly DoorCounts[]
  }
  return {
    addresses: open.map((port) => `127.0.0.1:${port}`),
    behave: async (door, behaviour) => void (await tell(`/doors/${door}`, behaviour)),
    counts: () => tell('/', {}),
    stop: () => peer.stop(2000)
  }
}
