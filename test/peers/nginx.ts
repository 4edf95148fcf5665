import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type HostMap, hostFile } from './nginx-config.ts'
import { findProgram, type Peer } from './peer.ts'
import { onFreePorts } from './ports.ts'
import { type PeerProcess, startProcess, waitUntilReady } from './process.ts'
import { run } from './run.ts'

/** A running nginx, configured like ingress-nginx. */
export interface Nginx {
  readonly port: number
  /** Replaces all hosts and reloads; resolves when new connections meet the new configuration. Old workers end as they do in production. */
  reload(hosts: HostMap): Promise<void>
  /** Sent to the master and all workers: SIGSTOP freezes them, with the port open, until SIGCONT. */
  signal(signal: NodeJS.Signals): void
  /** Kills the master and all workers. */
  kill(): Promise<void>
  /** Starts it again on the same port with the same hosts, after `kill`. */
  start(): Promise<void>
  stop(): Promise<void>
}

const CONFIGURATION = join(import.meta.dirname, '../../deploy/nginx')
const FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/usr/bin', '/opt/homebrew/bin']

const nginxProgram = (): string | undefined => findProgram('nginx') ?? findProgram('nginx', FOLDERS)

/** Debian's nginx-light; any other nginx from 1.21 on does as well. */
export const nginxPeer: Peer = {
  absent: () => (nginxProgram() === undefined ? 'no nginx; npm run peers, or install it by hand' : undefined),
  install: async (log) => {
    const found = nginxProgram()
    if (found !== undefined) return log(`already there: ${found}`)
    if (findProgram('apt-get') === undefined || process.getuid?.() !== 0) {
      throw new Error('no nginx, and only root can install it by apt-get: install nginx by hand')
    }
    await run('apt-get', ['update', '-qq'], log)
    const options = ['-qq', '-y', '--no-install-recommends', '-o', 'Dpkg::Use-Pty=0']
    await run('apt-get', ['install', ...options, 'nginx-light'], log, {
      DEBIAN_FRONTEND: 'noninteractive',
      // Installing must not start a server on port 80 of this machine.
      RUNLEVEL: '1'
    })
  }
}

/** Starts nginx on a free port of 127.0.0.1. It answers 404 for hosts that are not in the map, and 200 for /healthz. */
export const startNginx = (hosts: HostMap): Promise<Nginx> => onFreePorts(1, ([port = 0]) => startOn(port, hosts))

async function startOn(port: number, first: HostMap): Promise<Nginx> {
  const program = nginxProgram()
  if (program === undefined) throw new Error('no nginx')
  const folder = mkdtempSync(join(tmpdir(), 'abox-nginx-'))
  // Workers run as another user when nginx is started by root, and keep long bodies in this folder.
  chmodSync(folder, 0o755)
  for (const name of ['nginx.conf', 'proxy.conf']) copyFileSync(join(CONFIGURATION, name), join(folder, name))
  writeFileSync(join(folder, 'listen.conf'), `listen 127.0.0.1:${port};\n`)
  const place = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr']
  let generation = 0
  const writeHosts = (hosts: HostMap): void => {
    rmSync(join(folder, 'hosts'), { recursive: true, force: true })
    mkdirSync(join(folder, 'hosts'))
    generation++
    writeFileSync(join(folder, 'hosts', 'generation.conf'), generationFile(generation))
    for (const [host, servers] of Object.entries(hosts)) {
      writeFileSync(join(folder, 'hosts', `${host}.conf`), hostFile(host, servers))
    }
  }
  writeHosts(first)
  const begin = (): PeerProcess => startProcess({ name: 'nginx', command: program, args: place })
  let peer = begin()
  const stop = async (): Promise<void> => {
    await peer.stop(2000)
    rmSync(folder, { recursive: true, force: true })
  }
  const inForce = async (): Promise<true | undefined> =>
    (await shownGeneration(port)) === generation ? true : undefined
  try {
    await waitUntilReady(peer, 'nginx', inForce)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    port,
    stop,
    signal: (signal) => {
      for (const pid of descendants(peer.pid)) process.kill(pid, signal)
    },
    kill: () => peer.stop(0),
    start: async () => {
      peer = begin()
      await waitUntilReady(peer, 'nginx', inForce)
    },
    reload: async (hosts) => {
      writeHosts(hosts)
      const done = spawnSync(program, [...place, '-s', 'reload'], { encoding: 'utf8' })
      if (done.status !== 0) throw new Error(`nginx: reload failed\n${done.stderr}`)
      await waitUntilReady(peer, 'nginx reload', inForce)
      // An old worker may take one more connection before it closes its socket; two answers in a row say that it is gone.
      await sleep(20)
      await waitUntilReady(peer, 'nginx reload', inForce)
    }
  }
}

/** All processes of this parent and theirs, but the watcher that waits for the end of the tests. */
function descendants(parent: number): number[] {
  const found = spawnSync('pgrep', ['-P', String(parent), '-x', 'nginx'], { encoding: 'utf8' }).stdout
  const children = found.split('\n').filter((line) => line !== '')
  return children.flatMap((line) => [Number(line), ...descendants(Number(line))])
}

/** A host of the tests' own, by which they see which configuration answers. */
const GENERATION_HOST = 'generation.abox.test'
const generationFile = (generation: number): string =>
  `server { include listen.conf; server_name ${GENERATION_HOST}; location / { return 200 '${generation}'; } }\n`

function shownGeneration(port: number): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  const call = request({ port, host: '127.0.0.1', agent: false, headers: { host: GENERATION_HOST } }, (response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    response.on('end', () => resolve(Number(text)))
  })
  call.on('error', () => resolve(-1)).end()
  return promise
}
