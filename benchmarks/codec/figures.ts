import { type Cell, median, type Operation } from './measure.ts'

/** How many times one costs what another does. */
export interface Ratio {
  readonly median: number
  readonly least: number
  readonly greatest: number
}

/** The measured cells, by name; undefined for those that were not measured. */
export class Figures {
  readonly #cells: readonly Cell[]

  constructor(cells: readonly Cell[]) {
    this.#cells = cells
  }

  /** The median of the rounds, µs per operation. */
  us(payload: string, operation: Operation, contender: string): number | undefined {
    const cell = this.#find(payload, operation, contender)
    return cell && median(cell.us)
  }

  /** The cost of `one` as a multiple of that of `other`, round by round, so that a slow spell of the machine hits both. */
  ratio(payload: string, operation: Operation, one: string, other: string): Ratio | undefined {
    const [above, below] = [this.#find(payload, operation, one), this.#find(payload, operation, other)]
    if (above === undefined || below === undefined) return undefined
    const ratios = above.us.map((us, round) => us / (below.us[round] as number))
    return { median: median(ratios), least: Math.min(...ratios), greatest: Math.max(...ratios) }
  }

  #find(payload: string, operation: Operation, contender: string): Cell | undefined {
    return this.#cells.find(
      (cell) => cell.payload === payload && cell.operation === operation && cell.contender === contender
    )
  }
}
