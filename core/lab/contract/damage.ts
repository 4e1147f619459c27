/** Something on a disk that is not as it should be, as precisely as it is known. */
export interface Damage {
  /** as the host sees it */
  readonly file: string;
  /** byte in the file; null where it concerns the whole */
  readonly offset: number | null;
  /** "" where nothing can be named */
  readonly expected: string;
  readonly found: string;
  /** one plain sentence */
  readonly text: string;
}
