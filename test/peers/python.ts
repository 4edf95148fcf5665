import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { findProgram } from './peer.ts'
import { run } from './run.ts'

/** A Python of one of these versions ("3.10") that runs: by its name on PATH, at the usual places, or among pyenv's. */
export function findPython(versions: readonly string[]): string | undefined {
  const pyenv = join(process.env['PYENV_ROOT'] ?? join(homedir(), '.pyenv'), 'versions')
  const ofPyenv = existsSync(pyenv) ? readdirSync(pyenv) : []
  for (const version of versions) {
    const name = `python${version}`
    const kept = ofPyenv.filter((one) => one.startsWith(`${version}.`))
    const candidates = [
      findProgram(name),
      ...['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'].map((folder) => findProgram(name, [folder])),
      ...kept.map((one) => findProgram(name, [join(pyenv, one, 'bin')])),
      findProgram('python3')
    ]
    const found = candidates.find((path) => path !== undefined && isVersion(path, version))
    if (found !== undefined) return found
  }
  return undefined
}

/** pyenv's shims are there for every version and fail for all but the chosen ones, so each candidate is run. */
function isVersion(path: string, version: string): boolean {
  const test = `import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (${version.replace('.', ', ')}))`
  return spawnSync(path, ['-c', test], { stdio: 'ignore' }).status === 0
}

/** Makes a virtual environment in `folder` and installs what the file names. */
export async function makeEnvironment(
  python: string,
  folder: string,
  requirements: string,
  log: (line: string) => void
): Promise<void> {
  await run(python, ['-m', 'venv', folder], log)
  // The environment is moved into place afterwards, so only its interpreter is ever called, never its scripts.
  const pip = ['-m', 'pip', '--disable-pip-version-check', '--no-input', 'install', '-q', '-r', requirements]
  await run(join(folder, 'bin', 'python'), pip, log)
}
