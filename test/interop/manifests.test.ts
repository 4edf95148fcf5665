import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { DRAIN_GRACE_MS } from '../../src/apps/gateway/commands.ts'
import { CLOSE_WITHIN_MS } from '../../src/apps/gateway/supervisor/slot.ts'
import { describeWithPeers } from '../harness/peers.ts'
import { type KubectlResult, type Kubernetes, startKubernetes } from '../peers/kubernetes.ts'

const FOLDER = join(import.meta.dirname, '../../deploy/kubernetes')
const NAMESPACE = 'models'
/** As the API server sees who is behind the pods. */
const ACCOUNT = `system:serviceaccount:${NAMESPACE}:abox-gateway`

/** Any object of Kubernetes; what is looked at is looked at by path. */
interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Readonly<Record<string, unknown>>
  readonly spec?: Readonly<Record<string, unknown>>
}

/** What a path of names leads to. */
const at = (object: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((value, name) => (value as Record<string | number, unknown> | undefined)?.[name], object)

/** A copy in which a path of names leads to something else; undefined takes the last name away. */
function replaced<T>(object: T, path: readonly (string | number)[], value: unknown): T {
  const copy = structuredClone(object)
  const parent = at(copy, ...path.slice(0, -1)) as Record<string | number, unknown>
  const name = path.at(-1) as string | number
  if (value === undefined) delete parent[name]
  else parent[name] = value
  return copy
}

// What `kubectl apply -k deploy/kubernetes` sends goes to a real API server, which answers as that of a cluster would: it knows every
// field, every default and every rule of admission. Nothing of it is kept, but for the namespace and the account.
describeWithPeers('deploy/kubernetes', ['kubernetes'], () => {
  let cluster: Kubernetes
  let objects: readonly KubernetesObject[]

  const dryRun = (sent: readonly KubernetesObject[], ...more: readonly string[]): Promise<KubectlResult> =>
    cluster.kubectl(
      ['apply', '--server-side', '--dry-run=server', '--validate=strict', '-n', NAMESPACE, ...more, '-f', '-'],
      sent.map((object) => JSON.stringify(object)).join('\n---\n')
    )
  const ofKind = (kind: string): KubernetesObject => {
    const found = objects.filter((object) => object.kind === kind)
    assert.equal(found.length, 1, kind)
    return found[0] as KubernetesObject
  }
  /** As the cluster would keep it: with every default filled in. */
  const kept = async (kind: string): Promise<KubernetesObject> => {
    const { ok, stdout, stderr } = await dryRun([ofKind(kind)], '-o', 'json')
    assert.ok(ok, stderr)
    return JSON.parse(stdout) as KubernetesObject
  }
  /** The pod that the deployment makes. */
  const pod = (): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...(at(ofKind('Deployment'), 'spec', 'template', 'metadata') as object), name: 'abox-gateway-0' },
    spec: at(ofKind('Deployment'), 'spec', 'template', 'spec') as KubernetesObject['spec'] & object
  })

  before(async () => {
    cluster = await startKubernetes()
    const built = await cluster.kubectl(['kustomize', FOLDER])
    assert.ok(built.ok, built.stderr)
    objects = parseAllDocuments(built.stdout).map((document) => document.toJS() as KubernetesObject)
    // The strictest of the standards by which a cluster refuses pods.
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels } }
    for (const object of [namespace, ofKind('ServiceAccount')]) {
      const made = await cluster.kubectl(['-n', NAMESPACE, 'create', '-f', '-'], JSON.stringify(object))
      assert.ok(made.ok, made.stderr)
    }
  })
  after(() => cluster?.stop())

  test('all that kustomize makes of it is accepted, without a warning', async () => {
    const { ok, stdout, stderr } = await dryRun(objects)
    assert.deepEqual([ok, stderr], [true, ''])
    const answers = stdout.trim().split('\n')
    assert.equal(answers.length, objects.length)
    for (const answer of answers) assert.match(answer, /^\S+\/abox-gateway\S* serverside-applied \(server dry run\)$/)
    assert.equal((await cluster.kubectl(['-n', NAMESPACE, 'get', 'deployments', '-o', 'name'])).stdout, '')
  })

  const misspelt: readonly [kind: string, path: readonly (string | number)[]][] = [
    ['Deployment', ['spec', 'minReadySecond']],
    ['Deployment', ['spec', 'strategy', 'rollingUpdate', 'maxSurges']],
    ['Deployment', ['spec', 'template', 'spec', 'terminationGracePeriodSecond']],
    ['Deployment', ['spec', 'template', 'spec', 'containers', 0, 'readinesProbe']],
    ['Deployment', ['spec', 'template', 'spec', 'containers', 0, 'securityContext', 'readOnlyRootFileSystem']],
    ['Service', ['spec', 'clusterIp']],
    ['PodDisruptionBudget', ['spec', 'maxUnavailables']],
    ['ServiceAccount', ['automountServiceAccountTokens']],
    ['ConfigMap', ['datas']]
  ]
  for (const [kind, path] of misspelt) {
    const name = path.join('.')
    test(`${kind}: a misspelt field, ${name}, is refused by name`, async () => {
      const { ok, stderr } = await dryRun([replaced(ofKind(kind), path, {})])
      assert.equal(ok, false)
      assert.ok(stderr.includes(`.${String(path.at(-1))}: field not declared in schema`), stderr)
    })
  }

  test('the selectors of all find the pods of the deployment, and its volumes the configuration', async () => {
    const labels = at(await kept('Deployment'), 'spec', 'template', 'metadata', 'labels') as Record<string, string>
    const selectors = [
      at(await kept('Deployment'), 'spec', 'selector', 'matchLabels'),
      at(await kept('PodDisruptionBudget'), 'spec', 'selector', 'matchLabels'),
      at(await kept('Service'), 'spec', 'selector')
    ]
    for (const selector of selectors) assert.deepEqual(selector, labels)
    const volumes = at(pod(), 'spec', 'volumes') as readonly unknown[]
    const configMaps = volumes.map((volume) => at(volume, 'configMap', 'name')).filter((name) => name !== undefined)
    assert.deepEqual(configMaps, [at(ofKind('ConfigMap'), 'metadata', 'name')])
  })

  test('an API server that fills in its defaults leaves the grace time longer than the pause, the drain and the end together', async () => {
    const spec = at(await kept('Deployment'), 'spec', 'template', 'spec')
    const [command, seconds] = at(spec, 'containers', 0, 'lifecycle', 'preStop', 'exec', 'command') as string[]
    assert.equal(command, 'sleep')
    const graceMs = Number(at(spec, 'terminationGracePeriodSeconds')) * 1000
    assert.ok(graceMs > Number(seconds) * 1000 + DRAIN_GRACE_MS + CLOSE_WITHIN_MS, `${graceMs} ms`)
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
      assert.equal(at(spec, 'containers', 0, probe, 'httpGet', 'scheme'), 'HTTP', probe)
  })

  test('its pods are admitted where the restricted standard of pod security is enforced', async () => {
    const { ok, stderr } = await dryRun([pod()])
    assert.deepEqual([ok, stderr], [true, ''])
  })

  const loosened: readonly [what: string, path: readonly (string | number)[], value: unknown][] = [
    ['may run as root', ['spec', 'securityContext', 'runAsNonRoot'], undefined],
    ['runs as root', ['spec', 'securityContext', 'runAsUser'], 0],
    ['makes any system call', ['spec', 'securityContext', 'seccompProfile'], undefined],
    ['keeps capabilities', ['spec', 'containers', 0, 'securityContext', 'capabilities'], undefined],
    ['can gain rights', ['spec', 'containers', 0, 'securityContext', 'allowPrivilegeEscalation'], true],
    ['is in the network of its host', ['spec', 'hostNetwork'], true]
  ]
  for (const [what, path, value] of loosened) {
    test(`a pod that ${what} is refused there`, async () => {
      const { ok, stderr } = await dryRun([replaced(pod(), path, value)])
      assert.equal(ok, false)
      assert.match(stderr, /violates PodSecurity "restricted:latest"/)
    })
  }

  test('its account may do in the cluster what anybody may who has an account, and no more', async () => {
    const mayDo = async (account: string): Promise<string> =>
      (await cluster.kubectl(['auth', 'can-i', '--list', '-n', NAMESPACE, '--as', account])).stdout
    const allowed = await mayDo(ACCOUNT)
    assert.equal(allowed, await mayDo(`system:serviceaccount:${NAMESPACE}:nobody`))
    assert.match(allowed, /selfsubjectreviews\.authentication\.k8s\.io/)
    for (const what of ['get secrets', 'list pods', 'get configmaps', 'patch deployments', 'create pods/exec']) {
      const [verb = '', resource = ''] = what.split(' ')
      const asked = await cluster.kubectl(['auth', 'can-i', verb, resource, '-n', NAMESPACE, '--as', ACCOUNT])
      assert.equal(asked.stdout, 'no\n', what)
    }
    // Where nothing is allowed there is nothing to steal a token for.
    assert.equal(at(pod(), 'spec', 'automountServiceAccountToken'), false)
  })
})
