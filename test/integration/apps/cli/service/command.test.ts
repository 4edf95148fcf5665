import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parse } from 'yaml'

const RANK = 'com.example.rank.RankService'
const jar = (name: string): string => `test/fixtures/jars/${name}`

/** `abox service …` as a process of its own. */
async function abox(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, ['src/bin/abox.ts', 'service', ...args], { stdio: 'pipe' })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, err }
}

describe('abox service', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'abox-service-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))
  const file = (name: string): string => join(folder, name)

  test('import prints a document that check finds nothing wrong with', async () => {
    const printed = await abox('import', jar('rank-api.jar'), '--model', 'rank', '--reason', 'first import')
    assert.deepEqual([printed.code, printed.err], [0, ''])
    const document = parse(printed.out) as Record<string, unknown>
    assert.deepEqual([document['kind'], document['interface'], document['reason']], ['Service', RANK, 'first import'])
    writeFileSync(file('fresh.yaml'), printed.out)
    const checked = await abox('check', file('fresh.yaml'))
    assert.deepEqual([checked.code, checked.err], [0, ''])
  })

  test('warnings and notes go to standard error, so that the document alone can be piped', async () => {
    const { code, out, err } = await abox('import', jar('shop-api.jar'), jar('common-api.jar'))
    assert.equal(code, 0)
    assert.equal((parse(out) as { interface: string }).interface, 'com.example.shop.ShopService')
    assert.match(err, /^note: com\.example\.shop\.Item\.weight: 3\.3, typed or not: /m)
    assert.match(err, /^warning: com\.example\.shop\.Item\.legacy: found com\.example\.absent\.Legacy/m)
  })

  test('import into a file prints the difference, keeps the previous text beside it and says how to undo', async () => {
    const path = file('services.yaml')
    const text = `kind: Service\ninterface: ${RANK} # ours\nmethods:\n  - {name: gone, model: m}\n  - {name: echo, model: m, returns: int}\n`
    writeFileSync(path, text)
    const dry = await abox('import', jar('rank-api.jar'), '--into', path, '--dry-run', '--fail-on-breaking')
    assert.equal(dry.code, 1, 'a removed method breaks')
    assert.equal(readFileSync(path, 'utf8'), text)
    assert.equal(existsSync(`${path}~`), false)
    const done = await abox('import', jar('rank-api.jar'), '--into', path)
    assert.equal(done.code, 0, 'breaking is a remark unless it is asked for')
    assert.match(done.out, /- method gone {2}\[breaks\]\n {6}.*SERVICE_NOT_FOUND/)
    assert.match(done.out, /~ result echo: int -> java\.lang\.String {2}\[breaks\]/)
    assert.match(done.out, new RegExp(`to undo it: mv ${path}~ ${path}`))
    assert.equal(readFileSync(`${path}~`, 'utf8'), text)
    assert.match(readFileSync(path, 'utf8'), /# ours/)
    const again = await abox('import', jar('rank-api.jar'), '--into', path, '--output', 'json')
    assert.equal((JSON.parse(again.out) as { changed: boolean }).changed, false)
  })

  test('check proves samples and exits 1 when one fails', async () => {
    writeFileSync(
      file('checked.yaml'),
      `kind: Service\ninterface: a.S\nmethods: [{name: go, model: m, returns: 'java.util.List<java.lang.Double>'}]\n---\nkind: Model\nname: m\nvariants: [{name: v, cluster: c, protocol: tensorflow, endpoints: ['http://h:1'], path: /p}]\n`
    )
    const sample = (answer: string): string => `{"service":"a.S","method":"go","answer":${answer}}\n`
    writeFileSync(file('good.jsonl'), sample('{"predictions":[[1,2.5]]}'))
    writeFileSync(file('bad.jsonl'), sample('{"predictions":[[1,"x"]]}'))
    const good = await abox('check', file('checked.yaml'), '--samples', file('good.jsonl'))
    assert.equal(good.code, 0)
    assert.match(good.out, /^ok .*good\.jsonl:1: a\.S go as java\.util\.List<java\.lang\.Double>$/m)
    const bad = await abox('check', file('checked.yaml'), '--samples', file('bad.jsonl'), '--output', 'json')
    assert.equal(bad.code, 1)
    const { ok, samples } = JSON.parse(bad.out) as { ok: boolean; samples: { lines: string[] }[] }
    assert.equal(ok, false)
    assert.match(samples[0]?.lines[0] ?? '', /\[1\]: found "x", expected java\.lang\.Double/)
  })

  test('check lists everything that a gateway would refuse, at once', async () => {
    writeFileSync(
      file('wrong.yaml'),
      'kind: Service\ninterface: a.S\nmethods: [{name: go, model: m, returns: a.Missing}, {name: go, model: m}, {name: no, output: "x["}]\n'
    )
    writeFileSync(
      file('wrong-model.yaml'),
      'kind: Model\nname: m\nvariants: [{name: a, cluster: c, protocol: raw, endpoints: ["http://a"], path: /, headers: {Host: b}}]\n---\nkind: Service\ninterface: a.T\nlimits: {burst: 1}\nrecord: {mask: [nothing]}\nmethods: [{name: go, modelFrom: "args[0]..a", parameters: ["int["], limits: {burst: 2}}]\n'
    )
    const more = await abox('check', file('wrong-model.yaml'))
    for (const text of [
      /headers: found "Host"/,
      /service a\.T: limits\.burst: found 1/,
      /"nothing": it masks nothing/,
      /path "args\[0\]\.\.a"/,
      /parameters: type "int\["/,
      /limits\.burst: found 2/
    ]) {
      assert.match(more.out, text)
    }
    const { code, out } = await abox('check', file('wrong.yaml'))
    assert.equal(code, 1)
    for (const text of [
      /the class "a\.Missing"/,
      /found twice, expected `parameters`/,
      /methods no: expected exactly one of model/,
      /ABOX_JSON_PATH/
    ]) {
      assert.match(out, text)
    }
  })

  test('what cannot be used is said in one line with a remedy', async () => {
    writeFileSync(file('no.jar'), 'this is no jar')
    const noJar = await abox('import', file('no.jar'))
    assert.equal(noJar.code, 1)
    assert.match(noJar.err, /^abox service: ABOX_CLASS_JAR: no\.jar: found no end of a zip directory/)
    const noInterface = await abox('import', jar('rank-api.jar'), '--interface', 'a.Missing')
    assert.match(noInterface.err, new RegExp(`found no a\\.Missing, expected one of ${RANK.replaceAll('.', '\\.')}`))
    assert.equal((await abox('import')).code, 2)
    assert.equal((await abox('import', jar('rank-api.jar'), '--output', 'xml')).code, 2)
    assert.equal((await abox('list')).code, 2)
  })
})
