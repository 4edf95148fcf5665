import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import Type, { type Static } from 'typebox'
import { Value } from 'typebox/value'
import { parse, parseAllDocuments } from 'yaml'
import { modelChecker } from '#contracts/model'
import { serviceChecker } from '#contracts/service'
import { loadGatewayConfig } from '../../../src/apps/gateway/load-config.ts'
import { hostFile } from '../../peers/nginx-config.ts'

const root = join(import.meta.dirname, '../../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const closed = { additionalProperties: false }
const Duration = Type.String({ pattern: '^\\d+(ms|s|m|h)$' })
const Words = Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })

/** The part of the Compose specification that is used here, with its names and shapes; anything else is an error. */
const Service = Type.Object(
  {
    image: Type.String({ pattern: '^[a-z0-9./-]+:[A-Za-z0-9_.-]+$' }),
    build: Type.Optional(Type.Object({ context: Type.String(), dockerfile: Type.String() }, closed)),
    pull_policy: Type.Optional(Type.Enum(['always', 'never', 'missing', 'if_not_present', 'build'])),
    entrypoint: Type.Optional(Words),
    command: Type.Optional(Words),
    volumes: Type.Optional(Type.Array(Type.String({ pattern: '^(\\./[\\w./-]+|[a-z-]+):/[\\w./-]+(:ro)?$' }))),
    tmpfs: Type.Optional(Words),
    ports: Type.Optional(Type.Array(Type.String({ pattern: '^([\\d.]+:)?\\d+(-\\d+)?:\\d+(-\\d+)?$' }))),
    depends_on: Type.Optional(
      Type.Record(Type.String(), Type.Object({ condition: Type.Enum(['service_started', 'service_healthy']) }, closed))
    ),
    healthcheck: Type.Optional(
      Type.Object({ test: Words, interval: Duration, timeout: Duration, retries: Type.Integer({ minimum: 1 }) }, closed)
    ),
    stop_grace_period: Type.Optional(Duration)
  },
  closed
)
const Compose = Type.Object(
  {
    services: Type.Record(Type.String({ pattern: '^[a-z-]+$' }), Service),
    volumes: Type.Record(Type.String(), Type.Null())
  },
  closed
)

describe('docker-compose.yml', () => {
  const compose = parse(read('docker-compose.yml')) as Static<typeof Compose>
  const services = Object.entries(compose.services)

  test('has only keys and shapes of the Compose specification', () => {
    assert.deepEqual([...Value.Errors(Compose, compose)], [])
  })

  test('names only files that are there, and volumes that it declares', () => {
    for (const [name, { volumes = [], build }] of services) {
      if (build !== undefined) assert.ok(existsSync(join(root, build.context, build.dockerfile)), name)
      for (const volume of volumes) {
        const [source = ''] = volume.split(':')
        if (source.startsWith('.')) assert.ok(existsSync(join(root, source)), `${name}: ${source}`)
        else assert.ok(source in compose.volumes, `${name}: ${source}`)
      }
    }
  })

  test('waits only for services that say when they are healthy', () => {
    for (const [name, { depends_on = {} }] of services) {
      for (const other of Object.keys(depends_on)) {
        assert.ok(compose.services[other]?.healthcheck !== undefined, `${name} waits for ${other}`)
      }
    }
  })

  test('its nginx has the host file that the interop tests would write for the sample model', () => {
    const host = 'rank.models.internal'
    assert.equal(read(`deploy/nginx/hosts/${host}.conf`), hostFile(host, ['sample-model:8501']))
  })

  test('its gateway is started with a configuration that loads and talks to the other services by their names', async () => {
    const path = compose.services['gateway']?.command?.at(-1) ?? ''
    const config = await loadGatewayConfig(join(root, path.replace('/app/', '')), {}, [])
    assert.equal(config.registry?.address, 'zookeeper:2181')
    assert.deepEqual(config.records.kind === 'kafka' && config.records.brokers, ['kafka:9092'])
    assert.match(read('deploy/kafka/server.properties'), /^advertised\.listeners=PLAINTEXT:\/\/kafka:9092$/m)
    const ports = compose.services['gateway']?.ports ?? []
    const last = config.dubbo.port + config.instances
    assert.ok(ports.includes(`${config.dubbo.port}-${last}:${config.dubbo.port}-${last}`))
  })

  test('its documents are valid and call the other services by their names', () => {
    const text = read('deploy/compose/documents.yaml')
    const [service, model] = parseAllDocuments(text).map((document) => document.toJS() as unknown)
    serviceChecker.check(service, 'documents.yaml')
    const { variants } = modelChecker.check(model, 'documents.yaml')
    for (const endpoint of variants.flatMap(({ endpoints = [] }) => endpoints)) {
      assert.ok(new URL(endpoint).hostname in compose.services, endpoint)
    }
    assert.ok(
      variants.some(({ host }) => host !== undefined && existsSync(join(root, `deploy/nginx/hosts/${host}.conf`)))
    )
  })
})

describe('deploy/Dockerfile', () => {
  const lines = read('deploy/Dockerfile')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))

  test('copies only what is there', () => {
    for (const line of lines) {
      if (!line.startsWith('COPY ') || line.includes('--from=')) continue
      const sources = line.split(/\s+/).slice(1, -1)
      for (const source of sources) assert.ok(existsSync(join(root, source)), line)
    }
  })

  test('runs as another user than root, without install scripts, and says how its health is seen', () => {
    const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')))
    assert.ok(last.includes('USER node'))
    assert.ok(lines.filter((line) => line.includes('npm ci')).every((line) => line.includes('--ignore-scripts')))
    assert.ok(last.some((line) => line.includes('npm ci --omit=dev')))
    assert.ok(last.some((line) => line.startsWith('HEALTHCHECK ') && line.includes('/healthz')))
  })
})
