/** What judges know of each replica: by its process and its region, both small numbers. */

export class Places<Item> {
  /** By process, then by region, with holes. */
  readonly #rows: (Item | undefined)[][] = [];

  get(process: number, region: number): Item | undefined {
    const rows = this.#rows;
    return process < rows.length ? (rows[process] as (Item | undefined)[])[region] : undefined;
  }

  set(process: number, region: number, item: Item): void {
    while (this.#rows.length <= process) this.#rows.push([]);
    (this.#rows[process] as (Item | undefined)[])[region] = item;
  }
}
