/** Storage classes. Notation: define.ts. */
import { define } from "./define.ts";

export const storage = define(
  "storage",
  `
message StorageClass ; A kind of storage that claims can ask for.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 provisioner string ! required
3 parameters map[string]
4 reclaimPolicy string *
5 mountOptions []string
6 allowVolumeExpansion bool *
7 volumeBindingMode string *
8 allowedTopologies []core.TopologySelectorTerm
`,
);
