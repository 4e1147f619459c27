/** Which of a peer's URLs to use: the same one until it fails (rafthttp/urlpick.go). */

export class UrlPicker {
  private urls: readonly URL[];
  private picked = 0;

  constructor(urls: readonly string[]) {
    this.urls = urls.map((url) => new URL(url));
  }

  update(urls: readonly string[]): void {
    this.urls = urls.map((url) => new URL(url));
    this.picked = 0;
  }

  /** @throws Error when the peer has none */
  pick(): URL {
    const url = this.urls[this.picked];
    if (!url) throw new Error("peer has no URL");
    return url;
  }

  /** Moves on, if `url` is still the one in use. */
  unreachable(url: URL): void {
    if (url === this.urls[this.picked]) this.picked = (this.picked + 1) % this.urls.length;
  }
}
