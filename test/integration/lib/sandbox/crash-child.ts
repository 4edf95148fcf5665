import { createSandbox } from '#lib/sandbox'

/** Calls a function whose body is the first argument; prints the code of the error and the answer of the next call. */
const sandbox = await createSandbox({
  name: 'bomb',
  source: `export const id = (x) => x; export function bomb() { ${process.argv[2] ?? ''} }`,
  memoryMb: 32,
  timeoutMs: 1000
})
const code = await sandbox.call('bomb', []).then(
  () => 'none',
  (error: { code: string }) => error.code
)
console.log(`${code} ${await sandbox.call('id', ['1'])}`)
sandbox.dispose()
