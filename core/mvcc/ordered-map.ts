/**
 * A map ordered by string keys, for point lookups, range walks and counting: a list of sorted leaves with the first key
 * of each. Two binary searches reach a key; counting a range only adds the sizes of the leaves in it. One level is
 * enough for millions of keys, and the arrays hold nothing but references.
 */

const leafMax = 256;
const leafMin = 64;

class Leaf<V> {
  constructor(
    readonly keys: string[],
    readonly values: V[],
  ) {}
}

export class OrderedMap<V> {
  private leaves: Leaf<V>[] = [];
  /** first key of each leaf */
  private firsts: string[] = [];
  private count = 0;

  get size(): number {
    return this.count;
  }

  get(key: string): V | undefined {
    const leaf = this.leaves[this.leafIndex(key)];
    if (leaf === undefined) return undefined;
    const at = lowerBound(leaf.keys, key);
    return leaf.keys[at] === key ? leaf.values[at] : undefined;
  }

  set(key: string, value: V): void {
    const index = this.leafIndex(key);
    const leaf = this.leaves[index];
    if (leaf === undefined) {
      this.leaves = [new Leaf([key], [value])];
      this.firsts = [key];
      this.count = 1;
      return;
    }
    // ascending inserts, as a restore or a loader makes them, need no search
    const at = key > leaf.keys[leaf.keys.length - 1]! ? leaf.keys.length : lowerBound(leaf.keys, key);
    if (leaf.keys[at] === key) {
      leaf.values[at] = value;
      return;
    }
    leaf.keys.splice(at, 0, key);
    leaf.values.splice(at, 0, value);
    this.count++;
    if (at === 0) this.firsts[index] = key;
    if (leaf.keys.length > leafMax) this.split(index, leaf, at);
  }

  delete(key: string): boolean {
    const index = this.leafIndex(key);
    const leaf = this.leaves[index];
    if (leaf === undefined) return false;
    const at = lowerBound(leaf.keys, key);
    if (leaf.keys[at] !== key) return false;
    leaf.keys.splice(at, 1);
    leaf.values.splice(at, 1);
    this.count--;
    if (leaf.keys.length === 0) this.remove(index);
    else {
      if (at === 0) this.firsts[index] = leaf.keys[0]!;
      if (leaf.keys.length < leafMin) this.merge(index, leaf);
    }
    return true;
  }

  /**
   * Visits low <= key < high in order.
   * @param high undefined: to the end
   * @param visit returns false to stop. The map must not change meanwhile.
   */
  scan(low: string, high: string | undefined, visit: (value: V, key: string) => boolean): void {
    const { leaves } = this;
    let index = this.leafIndex(low);
    let at = lowerBound(leaves[index]?.keys ?? [], low);
    for (; index < leaves.length; index++, at = 0) {
      const { keys, values } = leaves[index]!;
      const stop = high === undefined || keys[keys.length - 1]! < high ? keys.length : lowerBound(keys, high);
      for (; at < stop; at++) if (!visit(values[at]!, keys[at]!)) return;
      if (stop < keys.length) return;
    }
  }

  /** How many keys stand in low <= key < high. */
  countRange(low: string, high: string | undefined): number {
    if (this.count === 0 || (high !== undefined && high <= low)) return 0;
    const from = this.leafIndex(low);
    const to = high === undefined ? this.leaves.length - 1 : this.leafIndex(high);
    const start = lowerBound(this.leaves[from]!.keys, low);
    const stop = high === undefined ? this.leaves[to]!.keys.length : lowerBound(this.leaves[to]!.keys, high);
    let count = stop - start;
    for (let index = from; index < to; index++) count += this.leaves[index]!.keys.length;
    return count;
  }

  /** The leaf where a key stands or would stand. */
  private leafIndex(key: string): number {
    const { firsts } = this;
    let low = 0;
    let high = firsts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (firsts[middle]! <= key) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : low - 1;
  }

  private split(index: number, leaf: Leaf<V>, insertedAt: number): void {
    // appended to the end: leave the leaf nearly full, as more of the same will follow
    const cut = insertedAt === leaf.keys.length - 1 ? leaf.keys.length - 8 : leaf.keys.length >>> 1;
    const right = new Leaf(leaf.keys.splice(cut), leaf.values.splice(cut));
    this.leaves.splice(index + 1, 0, right);
    this.firsts.splice(index + 1, 0, right.keys[0]!);
  }

  private merge(index: number, leaf: Leaf<V>): void {
    const left = index > 0 ? index - 1 : index;
    const right = left + 1;
    const [a, b] = [this.leaves[left], this.leaves[right]];
    if (a === undefined || b === undefined || a.keys.length + b.keys.length > leafMax - leafMin) return;
    a.keys.push(...b.keys);
    a.values.push(...b.values);
    this.remove(right);
    if (leaf === a) this.firsts[left] = a.keys[0]!;
  }

  private remove(index: number): void {
    this.leaves.splice(index, 1);
    this.firsts.splice(index, 1);
  }
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
