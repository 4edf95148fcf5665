import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { DRAIN_GRACE_MS } from '../../../src/apps/gateway/commands.ts'
import { createObservabilityServer, type Observed } from '../../../src/apps/gateway/http.ts'
import { loadGatewayConfig } from '../../../src/apps/gateway/load-config.ts'
import { CLOSE_WITHIN_MS } from '../../../src/apps/gateway/supervisor/slot.ts'
import { SEEN_AFTER_MS } from '../../../src/apps/gateway/supervisor/supervisor.ts'

const FOLDER = join(import.meta.dirname, '../../../deploy/kubernetes')
const read = <T>(name: string): T => parse(readFileSync(join(FOLDER, name), 'utf8')) as T

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string }
  readonly periodSeconds: number
  readonly failureThreshold: number
}
interface Container {
  readonly args: readonly string[]
  readonly env: readonly { readonly name: string }[]
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
  readonly startupProbe: Probe
  readonly livenessProbe: Probe
  readonly readinessProbe: Probe
  readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } }
  readonly resources: { readonly limits: Readonly<Record<string, string>> }
  readonly securityContext: object
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
}
interface Deployment {
  readonly spec: {
    readonly replicas: number
    readonly minReadySeconds: number
    readonly strategy: { readonly rollingUpdate: object }
    readonly template: {
      readonly spec: {
        readonly automountServiceAccountToken: boolean
        readonly terminationGracePeriodSeconds: number
        readonly securityContext: object
        readonly containers: readonly [Container]
        readonly volumes: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[]
      }
    }
  }
}

describe('deploy/kubernetes', () => {
  const { spec } = read<Deployment>('deployment.yaml')
  const pod = spec.template.spec
  const [container] = pod.containers
  const preStopMs = Number(container.lifecycle.preStop.exec.command[1]) * 1000
  const config = loadGatewayConfig(join(FOLDER, 'gateway.yaml'), {}, [])

  test('kustomization.yaml names the files that are there, and the image and the configuration of the deployment', () => {
    const kustomization = read<{
      resources: string[]
      configMapGenerator: { name: string; files: string[] }[]
      images: { name: string }[]
    }>('kustomization.yaml')
    const generated = kustomization.configMapGenerator[0]
    for (const name of [...kustomization.resources, ...(generated?.files ?? [])]) assert.doesNotThrow(() => read(name))
    assert.deepEqual(
      pod.volumes.flatMap(({ configMap }) => configMap?.name ?? []),
      [generated?.name]
    )
    assert.equal(kustomization.images[0]?.name, (container as unknown as { image: string }).image)
  })

  test('the grace time covers the pause before the stop, the drain and the end, with room', () => {
    assert.ok(pod.terminationGracePeriodSeconds * 1000 >= preStopMs + DRAIN_GRACE_MS + CLOSE_WITHIN_MS + 10_000)
  })

  test('an old pod goes only when consumers have seen the new one', () => {
    assert.ok(spec.minReadySeconds * 1000 > SEEN_AFTER_MS)
    assert.deepEqual(spec.strategy.rollingUpdate, { maxSurge: 1, maxUnavailable: 0 })
    // A replacement of an evicted pod has to start first.
    assert.ok(preStopMs >= SEEN_AFTER_MS + 15_000)
  })

  test('probes ask what the gateway answers', async () => {
    const status = { state: 'ready', instances: [] }
    const server = createObservabilityServer({ status: () => status } as unknown as Observed)
    for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
      assert.equal(probe.httpGet.port, 'observability')
      const { statusCode } = await server.inject(probe.httpGet.path)
      assert.equal(statusCode, 200, probe.httpGet.path)
    }
    await server.close()
  })

  test('a supervisor has a minute to begin, and readiness is lost before calls are', () => {
    assert.ok(container.startupProbe.periodSeconds * container.startupProbe.failureThreshold >= 60)
    assert.deepEqual(container.livenessProbe.httpGet, { path: '/healthz', port: 'observability' })
    assert.deepEqual(container.readinessProbe.httpGet, { path: '/readyz', port: 'observability' })
    const { periodSeconds, failureThreshold } = container.readinessProbe
    assert.ok(periodSeconds * failureThreshold * 1000 < DRAIN_GRACE_MS)
    assert.ok(container.livenessProbe.periodSeconds * container.livenessProbe.failureThreshold >= 30)
  })

  test('has the ports of all instances, of one more, and the one that is looked at', async () => {
    const { dubbo, instances, observability } = await config
    const dubboPorts = Array.from({ length: instances + 1 }, (_, index) => dubbo.port + index)
    assert.deepEqual(
      container.ports.map(({ containerPort }) => containerPort),
      [...dubboPorts, observability.port]
    )
    const service = read<{ spec: { ports: { port: number; targetPort: string }[] } }>('service.yaml')
    assert.deepEqual(
      service.spec.ports.map(({ port, targetPort }) => [port, targetPort]),
      [[observability.port, 'observability']]
    )
  })

  test('the memory is enough for all instances, the spare, one that replaces another, and the supervisor', async () => {
    const { instances, limits } = await config
    const mebibytes = Number(/^(\d+)Gi$/.exec(container.resources.limits['memory'] ?? '')?.[1]) * 1024
    assert.ok((instances + 2) * (limits.memoryMb ?? Number.NaN) + 256 <= mebibytes)
  })

  test('writes only where a volume is, and reads its configuration and secrets from one', async () => {
    const { state, secrets } = await config
    const mounts = container.volumeMounts.map(({ mountPath }) => mountPath)
    for (const path of [state.dir, secrets.dir, '/tmp', container.args[2]?.replace('/gateway.yaml', '')])
      assert.ok(mounts.includes(path ?? ''), path)
    assert.deepEqual(
      new Set(container.volumeMounts.map(({ name }) => name)),
      new Set(pod.volumes.map(({ name }) => name))
    )
  })

  test('has no more rights than it needs', () => {
    assert.equal(pod.automountServiceAccountToken, false)
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] }
    })
    const { runAsNonRoot, seccompProfile } = pod.securityContext as Record<string, unknown>
    assert.deepEqual([runAsNonRoot, seccompProfile], [true, { type: 'RuntimeDefault' }])
  })

  test('one pod is the most that may be taken away, and there are more', () => {
    const budget = read<{ spec: { maxUnavailable: number; selector: { matchLabels: object } } }>(
      'disruption-budget.yaml'
    )
    const { labels } = read<{ labels: { pairs: object; includeSelectors: boolean }[] }>('kustomization.yaml')
    assert.deepEqual(labels, [{ pairs: budget.spec.selector.matchLabels, includeSelectors: true }])
    assert.ok(spec.replicas > budget.spec.maxUnavailable)
  })
})
