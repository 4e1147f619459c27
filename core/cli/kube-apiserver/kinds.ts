/** The kinds that this program serves: those of the table. */
import * as schema from "../../kube/schema/index.ts";
import type { Kinds } from "../../kube/server/kinds.ts";
import { plainKinds } from "../../kube/server/plain-kinds.ts";

export const kinds: Kinds = { ...plainKinds, ...(schema as unknown as Partial<Kinds>) };
