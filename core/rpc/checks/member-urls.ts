/** Peer URLs of a member to be added (etcd client/pkg/types/urls.go). */
import { EtcdError } from "../../proto/errors.ts";

const HTTP_URL = /^https?:\/\/(?:[^@/?#]*@)?(?:\[[^\]]*\]|[^:[\]/?#]*):[^:/?#]*(?:[?#].*)?$/i;
const UNIX_URL = /^unixs?:/i;

/**
 * The URLs trimmed and sorted, as etcd keeps them.
 * @throws EtcdError BadMemberUrls where there is none, or one is not scheme://host:port
 */
export function checkMemberUrls(urls: readonly string[]): string[] {
  if (urls.length === 0) throw new EtcdError("BadMemberUrls");
  return urls
    .map((url) => {
      const trimmed = url.trim();
      if (!HTTP_URL.test(trimmed) && !UNIX_URL.test(trimmed)) throw new EtcdError("BadMemberUrls");
      return trimmed;
    })
    .sort();
}
