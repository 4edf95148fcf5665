/** What `client-api.ts` uses of the untyped package, its internals included; the version is pinned exactly. */
declare module 'node-zookeeper-client' {
  import type { Socket } from 'node:net'

  interface ClientError extends Error {
    getCode(): number
    getName(): string
  }
  interface Stat {
    readonly mzxid: Buffer
    readonly version: number
    readonly ephemeralOwner: Buffer
  }
  type Done<T> = (error: ClientError | null | undefined, value: T) => void
  type Watcher = () => void

  interface ConnectionManager {
    socket?: Socket
    connectTimeoutHandler: NodeJS.Timeout | null
    /** Highest transaction id seen. */
    zxid: Buffer
    connect(): void
    onSocketData(chunk: Buffer): void
    on(event: 'state', listener: (state: number) => void): this
  }
  interface Transaction {
    remove(path: string): Transaction
    create(path: string, data: Buffer, acls: readonly ACL[], mode: number): Transaction
    commit(done: Done<unknown>): void
  }
  interface Client {
    readonly connectionManager: ConnectionManager
    connect(): void
    close(): void
    getSessionId(): Buffer
    getSessionPassword(): Buffer
    getSessionTimeout(): number
    addAuthInfo(scheme: string, auth: Buffer): void
    create(path: string, data: Buffer, acls: readonly ACL[], mode: number, done: Done<string>): void
    remove(path: string, done: Done<undefined>): void
    setData(path: string, data: Buffer, done: Done<Stat>): void
    setData(path: string, data: Buffer, version: number, done: Done<Stat>): void
    exists(path: string, watcher: Watcher | undefined, done: Done<Stat | null>): void
    getData(
      path: string,
      watcher: Watcher | undefined,
      done: (error: ClientError | null | undefined, data: Buffer | undefined, stat: Stat) => void
    ): void
    getChildren(path: string, watcher: Watcher | undefined, done: Done<string[]>): void
    transaction(): Transaction
  }
  interface ClientOptions {
    readonly sessionTimeout: number
    readonly retries: number
    readonly sessionId?: Buffer
    readonly sessionPassword?: Buffer
  }

  export class Id {
    constructor(scheme: string, id: string)
  }
  export class ACL {
    constructor(permission: number, id: Id)
  }
  export const Permission: { readonly READ: number; readonly ALL: number }
  export const CreateMode: { readonly PERSISTENT: number; readonly EPHEMERAL: number }
  export function createClient(address: string, options: ClientOptions): Client
}
