import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MinuteLog } from '../../../../../src/apps/manager/live/minute-log.ts'

describe('the packed rows of a minute', () => {
  test('give back every number of every series and second, before and after the minute is sealed', () => {
    const log = new MinuteLog()
    const written = new Map<string, number[]>()
    const values = [0, 1, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 32 + 5, 1e15, Number.MAX_SAFE_INTEGER]
    for (let second = 0; second < 60; second++) {
      for (const series of [0, 127, 128, 2000]) {
        const row = Array.from({ length: 53 }, (_, column) =>
          (column * 7 + second + series) % 3 === 0 ? (values[(column + second) % values.length] as number) : 0
        )
        written.set(`${second} ${series}`, row)
        log.append(second, series, Float64Array.from(row))
      }
    }
    for (const isSealed of [false, true]) {
      if (isSealed) log.seal()
      const found = new Map<string, Float64Array>()
      log.sum(0, 60, (series, second) => {
        const row = new Float64Array(53)
        found.set(`${second} ${series}`, row)
        return row
      })
      assert.deepEqual(new Map([...found].map(([key, row]) => [key, [...row]])), written)
    }
  })

  test('are added up for the seconds and the series that are asked for, and for no others', () => {
    const log = new MinuteLog()
    for (let second = 0; second < 60; second++) {
      for (const series of [1, 2]) log.append(second, series, Float64Array.of(0, second, 1))
    }
    const sum = new Float64Array(3)
    log.sum(10, 13, (series) => (series === 2 ? sum : undefined))
    assert.deepEqual([...sum], [0, 10 + 11 + 12, 3])
  })

  test('may be empty, and hold a row in which nothing was counted', () => {
    const log = new MinuteLog()
    const sum = new Float64Array(2)
    log.sum(0, 60, () => sum)
    log.append(5, 1, new Float64Array(2))
    log.append(6, 1, Float64Array.of(1, 0))
    log.sum(0, 60, () => sum)
    assert.deepEqual([...sum], [1, 0])
  })
})
