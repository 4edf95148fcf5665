// npm run bench [-- --rounds 3 --seconds 4]: what one call costs one gateway instance, beside what the same HTTP call
// costs nginx, in one run. CPU is user + system time of the process tree from /proc, so Linux only. Ratios travel to
// other machines, microseconds do not.
import { spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { renderTable } from '../src/core/table.ts'
import { cpuSeconds, residentMb } from './proc.ts'
import { mapRequests, type Requests, vectorRequests } from './requests.ts'
import { openTargets, script, type Target, type Targets } from './targets.ts'

interface Run {
  readonly calls: number
  readonly errors: number
  readonly seconds: number
  readonly p50: number
  readonly p99: number
}

/** Which load goes where, and whose CPU is counted. */
interface Load {
  readonly name: string
  readonly kind: 'http' | 'dubbo'
  readonly pid: number
  readonly port: number
  readonly file: string
  readonly connections: number
  readonly depth: number
}

interface Cell extends Load {
  readonly results: Result[]
}

interface Result extends Run {
  readonly cpuUs: number
}

interface Files {
  readonly dubbo: string
  readonly http: string
}

/** Measures and prints the table. Exit code 1 when a call failed. */
export async function benchCalls(args: string[]): Promise<void> {
  const options = { rounds: { type: 'string' }, seconds: { type: 'string' } } as const
  const { values } = parseArgs({ args, options, strict: true })
  const targets = openTargets()
  try {
    await compare(targets, Number(values.rounds ?? 3), Number(values.seconds ?? 4))
  } finally {
    await targets.close()
  }
}

async function compare(targets: Targets, rounds: number, seconds: number): Promise<void> {
  if (spawnSync('nginx', ['-v']).status !== 0)
    throw new Error('nginx is not installed: npm run peers, or apt-get install nginx-light')
  const fast = await targets.startModel(0)
  const slow = await targets.startModel(20)
  const gateway = await targets.startGateway(fast, slow)
  const nginx = await targets.startNginx(fast)
  const write = (name: string, requests: Requests): Files => writeRequests(join(targets.folder, name), requests)
  const files = {
    map: write('map', mapRequests('predict')),
    hook: write('hook', mapRequests('hooked')),
    vector: write('vector', vectorRequests('predict')),
    slow: write('slow', mapRequests('slow'))
  }
  const cells: Cell[] = [
    { name: 'nginx, same HTTP call, 64 connections', ...http(nginx, files.map) },
    { name: 'gateway, 20-field map, no hook, 8 × 8', ...dubbo(gateway, files.map, 8, 8) },
    { name: 'gateway, 20-field map, hook, 8 × 8', ...dubbo(gateway, files.hook, 8, 8) },
    { name: 'nginx, 1000 doubles, 64 connections', ...http(nginx, files.vector) },
    { name: 'gateway, 1000 doubles, 8 × 8', ...dubbo(gateway, files.vector, 8, 8) },
    { name: 'gateway, model 20 ms, 1 × 64', ...dubbo(gateway, files.slow, 1, 64) }
  ].map((load) => ({ ...load, results: [] }))
  for (let round = 0; round < rounds; round++) {
    // Forward and backward in turn, so that a machine that gets slower does not favour one side.
    for (const one of round % 2 === 0 ? cells : [...cells].reverse()) {
      process.stderr.write(`round ${round + 1}/${rounds}: ${one.name} …\n`)
      one.results.push(await measure(one, seconds))
    }
  }
  report(cells)
  console.log(`medians of ${rounds} rounds of ${seconds} s; gateway instance ${residentMb(gateway.pid)} MB resident`)
}

function report(cells: readonly Cell[]): void {
  const median = (numbers: number[]): number => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
  const cpu = cells.map(({ results }) => median(results.map(({ cpuUs }) => cpuUs)))
  const [nginxMap = 1, , , nginxVector = 1] = cpu
  const base = [nginxMap, nginxMap, nginxMap, nginxVector, nginxVector, 0]
  const rows = cells.map(({ name, results }, index) => ({
    scenario: name,
    'CPU µs/call': (cpu[index] ?? 0).toFixed(1),
    '× nginx': base[index] === 0 ? '' : ((cpu[index] ?? 0) / (base[index] ?? 1)).toFixed(2),
    'calls/s': Math.round(median(results.map((run) => run.calls / run.seconds))),
    'p50 ms': median(results.map(({ p50 }) => p50)).toFixed(1),
    'p99 ms': median(results.map(({ p99 }) => p99)).toFixed(1),
    errors: results.reduce((sum, { errors }) => sum + errors, 0)
  }))
  console.log(renderTable(rows))
  if (rows.some(({ errors }) => errors > 0)) process.exitCode = 1
}

function http({ pid, port }: Target, files: Files): Omit<Load, 'name'> {
  return { kind: 'http', pid, port, file: files.http, connections: 64, depth: 1 }
}

function dubbo({ pid, port }: Target, files: Files, connections: number, depth: number): Omit<Load, 'name'> {
  return { kind: 'dubbo', pid, port, file: files.dubbo, connections, depth }
}

/** CPU is taken between the end of the warm-up and the end of the load, and divided by the calls answered between. */
function measure({ kind, pid, port, file, connections, depth }: Load, seconds: number): Promise<Result> {
  return new Promise((resolve, reject) => {
    const args = [kind, port, file, connections, depth, seconds, 1.5].map(String)
    const child = spawn(process.execPath, [script('load.ts'), ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
    let before = 0
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8')
      if (before === 0 && text.startsWith('WARM\n')) before = cpuSeconds(pid)
      const line = text.split('\n')[1]
      if (line === undefined || !text.endsWith('}\n')) return
      const run = JSON.parse(line) as Run
      resolve({ ...run, cpuUs: ((cpuSeconds(pid) - before) / run.calls) * 1_000_000 })
    })
    child.on('exit', (code) => code !== 0 && reject(new Error(`load ended with ${code}`)))
  })
}

function writeRequests(path: string, requests: Requests): Files {
  const files = { dubbo: `${path}.dubbo.json`, http: `${path}.http.json` }
  writeFileSync(files.dubbo, JSON.stringify(requests.dubbo))
  writeFileSync(files.http, JSON.stringify(requests.http))
  return files
}
