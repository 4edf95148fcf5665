import { spawn } from 'node:child_process'
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { goPeer, goProgram } from './go.ts'
import { onFreePorts } from './ports.ts'
import { type PeerProcess, startProcess, waitUntilReady } from './process.ts'

/** The API server of Kubernetes 1.34.4, etcd 3.6.4 and kubectl, compiled from their modules; some ten minutes the first time. */
export const kubernetesPeer = goPeer('kubernetes', 'tool')

/** A running API server with an empty store. Nothing else of a cluster is there: what is applied is kept, and nobody acts on it. */
export interface Kubernetes {
  /** kubectl with all rights. `input` is its standard input. */
  kubectl(args: readonly string[], input?: string): Promise<KubectlResult>
  stop(): Promise<void>
}

export interface KubectlResult {
  readonly ok: boolean
  readonly stdout: string
  readonly stderr: string
}

/** Starts a real API server with its etcd on free ports of the loopback interface, with RBAC and all that it admits by default. */
export const startKubernetes = (): Promise<Kubernetes> => onFreePorts(3, startOn)

async function startOn([port = 0, etcdPort = 0, etcdPeerPort = 0]: readonly number[]): Promise<Kubernetes> {
  // Only this user may read it: it holds keys and tokens.
  const folder = mkdtempSync(join(tmpdir(), 'abox-kubernetes-'))
  const running: PeerProcess[] = []
  const kubeconfig = writeCredentials(folder, `https://127.0.0.1:${port}`)
  const stop = async (): Promise<void> => {
    // The API server first: it would wait for an etcd that is gone.
    for (const peer of running.toReversed()) await peer.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  const kubectl = (args: readonly string[], input = ''): Promise<KubectlResult> =>
    runKubectl(['--kubeconfig', kubeconfig, '--cache-dir', join(folder, 'cache'), ...args], input)
  try {
    running.push(startEtcd(folder, etcdPort, etcdPeerPort))
    const server = startApiServer(folder, port, etcdPort)
    running.push(server)
    await waitUntilReady(server, 'kube-apiserver', async () =>
      (await kubectl(['get', '--raw', '/readyz'])).ok ? true : undefined
    )
    return { kubectl, stop }
  } catch (error) {
    const told = running.map((peer) => peer.output()).join('\n')
    await stop()
    throw new Error(`kubernetes could not be started\n${told}`, { cause: error })
  }
}

/** Writes the keys of service accounts, the token of the administrator and the file by which kubectl uses it; gives its path. */
function writeCredentials(folder: string, server: string): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  writeFileSync(join(folder, 'accounts.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }))
  const token = randomUUID()
  writeFileSync(join(folder, 'tokens.csv'), `${token},admin,admin,"system:masters"\n`)
  const path = join(folder, 'kubeconfig')
  // The server's own certificate is the authority that it is checked against; the server writes it when it starts.
  const cluster = { server, 'certificate-authority': join(folder, 'apiserver.crt') }
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'peer', cluster }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'peer', context: { cluster: 'peer', user: 'admin' } }],
    'current-context': 'peer'
  }
  writeFileSync(path, JSON.stringify(config))
  return path
}

function startEtcd(folder: string, port: number, peerPort: number): PeerProcess {
  const [client, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`]
  return startProcess({
    name: 'etcd',
    command: goProgram('kubernetes', 'server'),
    args: [
      ...['--data-dir', join(folder, 'etcd'), '--unsafe-no-fsync', '--log-level', 'warn'],
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`]
    ]
  })
}

function startApiServer(folder: string, port: number, etcdPort: number): PeerProcess {
  const key = join(folder, 'accounts.key')
  return startProcess({
    name: 'kube-apiserver',
    command: goProgram('kubernetes', 'kube-apiserver'),
    args: [
      ...['--etcd-servers', `http://127.0.0.1:${etcdPort}`, '--cert-dir', folder, '--secure-port', String(port)],
      // The loopback interface may not stand among the endpoints of its own Service, so none are written.
      ...['--bind-address', '127.0.0.1', '--advertise-address', '127.0.0.1', '--endpoint-reconciler-type', 'none'],
      ...['--authorization-mode', 'RBAC', '--token-auth-file', join(folder, 'tokens.csv')],
      ...['--service-account-issuer', 'https://kubernetes.test', '--service-account-key-file', key],
      ...['--service-account-signing-key-file', key, '--service-cluster-ip-range', '10.96.0.0/16']
    ]
  })
}

function runKubectl(args: readonly string[], input: string): Promise<KubectlResult> {
  const { promise, resolve, reject } = Promise.withResolvers<KubectlResult>()
  const child = spawn(goProgram('kubernetes', 'kubectl'), args)
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.once('error', reject)
  child.once('close', (code) => resolve({ ok: code === 0, stdout, stderr }))
  // One that fails early does not read to the end.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return promise
}
