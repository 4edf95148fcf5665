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
  interface TransactionResult {
    /** Error code of an operation that failed, or that was not done because another one failed. */
    readonly err?: number
    /** Of a write that was done. */
    readonly stat?: Stat
  }
  interface Transaction {
    /** Where `check`, `setData` and `remove` put their operation; they take version 0 for "any". */
    readonly ops: { version: number }[]
    check(path: string, version?: number): Transaction
    setData(path: string, data: Buffer, version?: number): Transaction
    remove(path: string, version?: number): Transaction
    create(path: string, data: Buffer, acls: readonly ACL[], mode: number): Transaction
    commit(done: Done<readonly TransactionResult[]>): void
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
    getACL(path: string, done: Done<ACL[]>): void
    setACL(path: string, acls: readonly ACL[], version: number, done: Done<Stat>): void
    transaction(): Transaction
  }
  interface ClientOptions {
    readonly sessionTimeout: number
    readonly retries: number
    readonly sessionId?: Buffer
    readonly sessionPassword?: Buffer
  }

  export class Id {
    readonly scheme: string
    readonly id: string
    constructor(scheme: string, id: string)
  }
  export class ACL {
    readonly permission: number
    readonly id: Id
    constructor(permission: number, id: Id)
  }
  export const Permission: { readonly READ: number; readonly ALL: number }
  export const CreateMode: {
    readonly PERSISTENT: number
    readonly EPHEMERAL: number
    readonly EPHEMERAL_SEQUENTIAL: number
  }
  export function createClient(address: string, options: ClientOptions): Client
}
