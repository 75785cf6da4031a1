import { compareBytes } from "../../../sdk/assemblyscript/assembly/index";
import { Name } from "./request";

/** A version of a document that has a gram, and how often. */
export class Posting {
  constructor(
    public name: Name,
    public count: u32,
  ) {}
}

/** Postings of one gram in order, and how many there were before some were left out. */
export class PostingList {
  documents: u32 = 0;
  postings: Posting[] = [];
}

/** Leaves those in each list that all lists have. */
export function intersect(lists: PostingList[]): void {
  let common = lists[0].postings;
  for (let at = 1; at < lists.length; at++) common = shared(common, lists[at].postings);
  for (let at = 0; at < lists.length; at++) {
    lists[at].postings = shared(lists[at].postings, common);
  }
}

/** Those of `a` that `b` has, too. Both are in order. */
function shared(a: Posting[], b: Posting[]): Posting[] {
  const found = new Array<Posting>();
  let other = 0;
  for (let at = 0; at < a.length; at++) {
    while (other < b.length && compareNames(b[other].name, a[at].name) < 0) other += 1;
    if (other < b.length && compareNames(b[other].name, a[at].name) === 0) found.push(a[at]);
  }
  return found;
}

/** In the order of keys: a document ends with a zero byte, which none contains. */
function compareNames(a: Name, b: Name): i32 {
  const order = compareBytes(a.document, b.document);
  if (order !== 0) return order;
  return a.version < b.version ? -1 : a.version > b.version ? 1 : 0;
}
