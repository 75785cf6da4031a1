/** The matrix of C6: what the plugin did with each error class at each storage call. */
import { type ErrorClass, errorClasses } from "./error-classes.ts";

/** From the best to the worst. */
export const cellVerdicts = [
  "ok",
  "optional", // the contract says that this call may fail
  "died", // C8's matter
  "rewrapped",
  "wrote-after-error",
  "swallowed",
] as const;
/** What became of an error. */
export type CellVerdict = (typeof cellVerdicts)[number];

/** A row: the number of a storage call in its request, and which call it was. */
export type MatrixRow = {
  readonly call: number;
  readonly operation: string;
  /** In the order of `errorClasses`; null: never tried. */
  readonly cells: readonly (CellVerdict | null)[];
};

/** The worst verdict of each cell. */
export class Matrix {
  readonly #rows = new Map<
    string,
    { call: number; operation: string; cells: Map<ErrorClass, CellVerdict> }
  >();

  add(call: number, operation: string, errorClass: ErrorClass, verdict: CellVerdict): void {
    const name = `${call} ${operation}`;
    const row = this.#rows.get(name) ?? { call, operation, cells: new Map() };
    this.#rows.set(name, row);
    const known = row.cells.get(errorClass);
    const worse = known === undefined || worseThan(verdict, known);
    if (worse) row.cells.set(errorClass, verdict);
  }

  rows(): readonly MatrixRow[] {
    return [...this.#rows.values()]
      .map(({ call, operation, cells }) => ({
        call,
        operation,
        cells: errorClasses.map((errorClass) => cells.get(errorClass) ?? null),
      }))
      .sort((a, b) => a.call - b.call || (a.operation < b.operation ? -1 : 1));
  }
}

const worseThan = (a: CellVerdict, b: CellVerdict): boolean =>
  cellVerdicts.indexOf(a) > cellVerdicts.indexOf(b);
