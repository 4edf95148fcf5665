import { AboxError } from '#core/errors'
import { zookeeperErrors } from './errors.ts'

/** The servers refuse a packet of 1 MiB (`jute.maxbuffer`); half of it leaves room for paths, ACLs and transactions. */
const MAX_DATA_BYTES = 512 * 1024
const SERVER = /^([A-Za-z0-9._-]+)(?::(\d{1,5}))?$/
const DEFAULT_PORT = 2181

/** `host:port` of each server of `h:p,h:p`; a missing port is 2181. Throws ABOX_ZK_ADDRESS. */
export function parseAddress(address: string): string[] {
  return address.split(',').map((text) => {
    const [, host, digits = String(DEFAULT_PORT)] = SERVER.exec(text.trim()) ?? []
    const port = Number(digits)
    if (host === undefined || port < 1 || port > 65_535) {
      throw new AboxError(
        zookeeperErrors.ABOX_ZK_ADDRESS,
        `"${address}": found "${text.trim()}", expected host:port, several separated by commas`
      )
    }
    return `${host}:${port}`
  })
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: ZooKeeper itself forbids them in paths.
const CONTROL = /[\u0000-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\uffff]/

/** Throws ABOX_ZK_PATH unless ZooKeeper takes this path: `/` or `/name/name`, no `.` or `..`, no control characters. */
export function checkPath(path: string): void {
  const names = path.slice(1).split('/')
  const bad = path[0] !== '/' || (path !== '/' && names.some((name) => name === '' || name === '.' || name === '..'))
  if (bad || CONTROL.test(path)) {
    throw new AboxError(zookeeperErrors.ABOX_ZK_PATH, `found path ${JSON.stringify(path)}, expected /name/name`)
  }
}

/** Throws ABOX_ZK_TOO_LARGE for data over 512 KiB. */
export function checkData(path: string, data: Buffer): void {
  if (data.length > MAX_DATA_BYTES) {
    throw new AboxError(
      zookeeperErrors.ABOX_ZK_TOO_LARGE,
      `${path}: found ${data.length} bytes, expected at most ${MAX_DATA_BYTES}`
    )
  }
}

/** `/a/b` of `/a/b/c`, `/` of `/a`. */
export const parentOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')))

export const childOf = (path: string, name: string): string => (path === '/' ? `/${name}` : `${path}/${name}`)
