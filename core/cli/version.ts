/** The etcd version this product is compatible with, as its members and tools report it. */
export const ETCD_VERSION = "3.6.14";
export const API_VERSION = "3.6";
