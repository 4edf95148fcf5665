import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { codesOf, readText, tableUnder } from './markdown.ts'

interface Package {
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

describe('docs/dependencies.md', () => {
  const { dependencies, devDependencies } = JSON.parse(readText('package.json')) as Package

  test('has a row for every run-time dependency, with the version that is installed', () => {
    assert.deepEqual(listed('Run time'), Object.entries(dependencies))
  })

  test('has a row for every development dependency, with the version that is installed', () => {
    assert.deepEqual(listed('Development'), Object.entries(devDependencies))
  })

  test('all versions are exact', () => {
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, name)
    }
  })

  test('says of each package that was named for this project where it is used or why it is not', () => {
    const named = tableUnder(readText('docs/dependencies.md'), 'Packages named for this project').rows
    const names = named.map(([name = '']) => codesOf(name)[0])
    assert.deepEqual(names, ['dubbo-js', 'fastify', 'undici', 'node-zookeeper-client', 'kafkajs', 'prom-client'])
    for (const [name, used = '', why = ''] of named) assert.ok(used.length > 1 && why.length > 40, name)
  })
})

const listed = (heading: string): [string, string][] =>
  tableUnder(readText('docs/dependencies.md'), heading).rows.map(([name = '', version = '']) => [
    codesOf(name)[0] ?? '',
    version
  ])
