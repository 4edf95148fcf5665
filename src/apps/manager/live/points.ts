import type { LivePoints } from '#contracts/api/live'
import { callsOf, okOf, totalOf, WIDTHS } from './columns.ts'
import type { LiveFound, LiveGroup } from './query.ts'
import { timesOf } from './times.ts'

export interface PointsWanted {
  readonly from: number
  /** Length of a point, s; the last one may be shorter. */
  readonly step: number
  /** How many. */
  readonly count: number
}

interface Course {
  readonly points: LivePoints
  /** What the point that is not over yet has counted. */
  readonly open: Float64Array
  at: number
}

/**
 * What these groups of calls did, step by step. Rows come in the order of time, so a group holds the counts of one point
 * and the four numbers of those behind it.
 */
export async function readPoints(
  { again }: LiveFound,
  groups: readonly LiveGroup[],
  { from, step, count }: PointsWanted
): Promise<ReadonlyMap<LiveGroup, LivePoints>> {
  const courses = new Map<LiveGroup, Course>()
  for (const group of groups) {
    courses.set(group, { points: emptyPoints(count), open: new Float64Array(WIDTHS.calls), at: 0 })
  }
  await again((group, second) => {
    const course = courses.get(group)
    if (course === undefined) return undefined
    const at = Math.floor((second - from) / step)
    if (at !== course.at) endPoint(course, at)
    return course.open
  })
  const found = new Map<LiveGroup, LivePoints>()
  for (const [group, course] of courses) {
    endPoint(course, count)
    found.set(group, course.points)
  }
  return found
}

function emptyPoints(count: number): LivePoints {
  const none = (): null[] => new Array<null>(count).fill(null)
  const zero = (): number[] => new Array<number>(count).fill(0)
  return { calls: zero(), errors: zero(), p50Ms: none(), p99Ms: none() }
}

/** Writes down what was counted, and begins the point `next`. */
function endPoint(course: Course, next: number): void {
  const { points, open, at } = course
  course.at = next
  const calls = callsOf(open)
  if (calls === 0) return
  const { p50Ms = null, p99Ms = null } = timesOf(totalOf(open))
  points.calls[at] = calls
  points.errors[at] = calls - okOf(open)
  points.p50Ms[at] = p50Ms
  points.p99Ms[at] = p99Ms
  open.fill(0)
}
