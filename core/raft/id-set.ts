/** An immutable set of member ids in ascending order, so that every walk over members is the same on every run. */

function ascending(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

export class IdSet {
  static readonly EMPTY: IdSet = new IdSet([]);

  private readonly members: ReadonlySet<bigint>;

  /** @param ids ascending, without repetition */
  private constructor(readonly ids: readonly bigint[]) {
    this.members = new Set(ids);
  }

  static of(ids: Iterable<bigint>): IdSet {
    const unique = [...new Set(ids)];
    return unique.length === 0 ? IdSet.EMPTY : new IdSet(unique.sort(ascending));
  }

  get size(): number {
    return this.ids.length;
  }

  has(id: bigint): boolean {
    return this.members.has(id);
  }

  union(other: IdSet): IdSet {
    return other.size === 0 ? this : IdSet.of([...this.ids, ...other.ids]);
  }

  /** How many ids are in one of the two sets only. */
  difference(other: IdSet): number {
    let count = 0;
    for (const id of this.ids) if (!other.has(id)) count++;
    for (const id of other.ids) if (!this.has(id)) count++;
    return count;
  }

  /** `(1 2 a)`: hexadecimal, as etcd prints configurations. */
  toString(): string {
    return `(${this.ids.map((id) => id.toString(16)).join(" ")})`;
  }
}
