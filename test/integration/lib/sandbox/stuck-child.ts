import { createSandbox } from '#lib/sandbox'

/**
 * A module that V8 cannot stop when it starts for the second time. Prints what its calls end with, as a JSON list, and ends
 * itself: the lost thread would keep the process.
 */
// It has started for the first time by then, on a busy machine too.
const again = Date.now() + 2000
const told: string[] = []
const sandbox = await createSandbox({
  name: 'b@1',
  source: `if (Date.now() > ${again}) 'a'.repeat(1e6).lastIndexOf('a'.repeat(5e5) + 'b')
    export function pre(x) { while (x === 'loop'); return x }`,
  memoryMb: 16,
  startTimeoutMs: 200,
  onStuck: (error) => void told.push(`stuck ${error.code}`)
})
const endOf = (x: string): Promise<string> =>
  sandbox.call('pre', [x]).catch((error: { message: string }) => error.message)
const first = await endOf('1')
while (Date.now() <= again) await new Promise((resolve) => setImmediate(resolve))
const waiting = await Promise.all(['2', '"loop"', '3'].map(endOf))
const ends = [first, ...waiting, await endOf('4'), ...told]
process.stdout.write(JSON.stringify(ends), () => process.kill(process.pid, 'SIGKILL'))
