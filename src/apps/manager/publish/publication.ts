import type { Closeable } from '#core/lifecycle'
import type { Alarm, InstanceState } from './laggards.ts'

/** What is known of the publishing of one environment. */
export interface PublicationState {
  /** This process writes; of several managers one does. */
  readonly leader: boolean
  /** Node of who leads, which begins with his name; undefined: nobody that we see. Embedded: always. */
  readonly leads: string | undefined
  /** ZooKeeper is reached; embedded always. */
  readonly connected: boolean
  /** Why nothing is published: although this process leads, or because it could not begin. */
  readonly refused: string | undefined
  /** What could not be written or removed while all else was: why, by place; tried again at each pass. */
  readonly unwritten: ReadonlyMap<string, string>
  /** Generation by `services/<key>`, `models/<name>`, `hooks/<name>`, as it stands where gateways read it. */
  readonly published: ReadonlyMap<string, number>
  readonly instances: readonly InstanceState[]
  /** Looks at all instances, as of now; about documents that `isSeen`, or all. */
  alarms(isSeen?: (document: string) => boolean): Alarm[]
  /** Nodes that this process has brought back or removed because somebody else wrote. */
  readonly repairs: number
}

/** Nothing is known of it. */
export const NOTHING: PublicationState = {
  leader: false,
  leads: undefined,
  connected: false,
  refused: undefined,
  unwritten: new Map(),
  published: new Map(),
  instances: [],
  alarms: () => [],
  repairs: 0
}

/** Where in a ZooKeeper something is published. */
export interface PublishedPlace {
  readonly root: string
  /** Whether this node is in the ZooKeeper that it publishes to. Rejects where that is away. */
  has(path: string): Promise<boolean>
}

/** Publishes one environment until it is closed. */
export interface Publication extends Closeable {
  /** Undefined: in no ZooKeeper. */
  readonly place: PublishedPlace | undefined
  /** The store has changed. Cheap and never throws. */
  poke(): void
  state(): PublicationState
  /**
   * Publishes no longer; resolves when nothing of the environment stands there any more, or when it is closed. All stays
   * where the environment's publication of that moment, `successor`, has it at the same place, and where somebody else is
   * found to publish. `resumed`: what another process, or this one before, has begun: that may be long ago. Never rejects.
   */
  withdraw(successor: () => Publication | undefined, resumed?: boolean): Promise<void>
}
