import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compilePathRules, type PathState } from '#lib/json'

const follow = (rules: readonly string[], path: readonly (string | number)[]): PathState => {
  let state = compilePathRules(rules)
  for (const step of path) {
    if (state.matched) return state
    state = typeof step === 'number' ? state.element(step) : state.member(step)
  }
  return state
}
const matches = (rule: string, ...path: (string | number)[]): boolean => follow([rule], path).matched

test('a rule names the place that it is the path of, and everything inside it', () => {
  assert.ok(matches('args[0].userId', 'args', 0, 'userId'))
  assert.ok(matches('args[0].user', 'args', 0, 'user', 'name'))
  assert.ok(!matches('args[0].userId', 'args', 1, 'userId'))
  assert.ok(!matches('args[0].userId', 'args', 0))
  assert.ok(matches('a["x.y"]', 'a', 'x.y'))
  assert.ok(matches('[3]', 3))
})

test('a star is one member or one element, never the other', () => {
  for (const rule of ['args[*].userId', 'args[].userId']) {
    assert.ok(matches(rule, 'args', 7, 'userId'))
    assert.ok(!matches(rule, 'args', 'userId', 'userId'))
  }
  assert.ok(matches('args.*.userId', 'args', 'x', 'userId'))
  assert.ok(!matches('args.*.userId', 'args', 0, 'userId'))
  assert.ok(!matches('*.phone', 'phone'))
})

test('two stars are any number of steps, none included', () => {
  for (const path of [['phone'], ['a', 'phone'], ['a', 3, 'b', 'phone'], ['phone', 'phone']]) {
    assert.ok(matches('**.phone', ...path))
  }
  assert.ok(!matches('**.phone', 'a', 'phones'))
  assert.ok(matches('a.**.b', 'a', 'b'))
  assert.ok(matches('a.**.b', 'a', 1, 'c', 'b'))
  assert.ok(!matches('a.**.b', 'b'))
  assert.ok(matches('a.**', 'a'))
})

test('what no rule can reach is dead, so that it need not be looked into', () => {
  assert.ok(follow(['args[*].userId'], ['reply']).dead)
  assert.ok(!follow(['args[*].userId', 'reply.x'], ['reply']).dead)
  assert.ok(compilePathRules([]).dead)
})

test('names that objects are born with are names like others', () => {
  for (const name of ['__proto__', 'constructor', 'toString']) {
    assert.ok(!matches('a', name))
    assert.ok(matches(name, name))
  }
})

test('a rule with a mistake is refused with its place', () => {
  for (const text of [
    '',
    '.a',
    'a.',
    'a..b',
    'a[',
    'a[-1]',
    'a***',
    'a*',
    'a["b]',
    'a ',
    'a.b .c',
    'x'.repeat(2000),
    `${'a.'.repeat(40)}a`
  ]) {
    assert.throws(() => compilePathRules([text]), { code: 'ABOX_JSON_PATH' }, text)
  }
})

/** The rule as what it means, tried in all ways. */
function means(rule: readonly string[], path: readonly (string | number)[]): boolean {
  const [head, ...rest] = rule
  if (head === undefined) return true
  if (head === '**') return means(rest, path) || (path.length > 0 && means(rule, path.slice(1)))
  const [step, ...deeper] = path
  if (step === undefined) return false
  const takes =
    head === '[*]' ? typeof step === 'number' : head === '*' ? typeof step === 'string' : head === String(step)
  return takes && means(rest, deeper)
}

test('any rule means what trying all ways to read it finds', () => {
  const token = fc.constantFrom('a', 'b', '*', '**', '[*]')
  const step = fc.constantFrom<string | number>('a', 'b', 'c', 0, 1)
  fc.assert(
    fc.property(fc.array(token, { minLength: 1, maxLength: 6 }), fc.array(step, { maxLength: 8 }), (rule, path) => {
      const text = rule.map((part, i) => (part === '[*]' || i === 0 ? part : `.${part}`)).join('')
      const reached = path.some((_, end) => means(rule, path.slice(0, end))) || means(rule, path)
      assert.equal(matches(text, ...path), reached, text)
    })
  )
})

test('rules made to have very many states take bounded memory and stay right', () => {
  const rule = `**.a${'.*'.repeat(20)}`
  let state = compilePathRules([rule])
  const path = Array.from({ length: 4000 }, (_, i) => ((i * 2654435761) >>> 7) % 2 === 0)
  for (const [i, isA] of path.entries()) {
    state = state.member(isA ? 'a' : 'b')
    assert.equal(state.matched, i >= 20 && path.slice(0, i - 19).at(-1) === true)
  }
})
