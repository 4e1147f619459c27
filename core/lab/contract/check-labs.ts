/** Checks of what a window asks of the library of labs. */
import { type LabShape, type LabsCommands, nameProblem, shapeProblem } from "./labs.ts";
import { anyText, bad, type Check, integer, oneOf, record, text, truth } from "./shapes.ts";

const PATH_CHARS_MAX = 4096;
const count = integer(0, 9);

/** A folder's name in the library, or ~ and a number for a lab that lies elsewhere. */
const labId = text(/^(?:[a-z0-9][a-z0-9-]{0,63}|~\d{1,4})$/, "a lab's id");

const name: Check<string> = (value, field) => {
  const given = anyText(1000)(value, field);
  const problem = nameProblem(given);
  return problem === "" ? given : bad(`${field}: ${problem}`);
};
const nameOrNone: Check<string> = (value, field) => (value === "" ? "" : name(value, field));

const fields = record<LabShape>({ voters: count, learners: count, spare: count, tls: truth, auth: truth, flags: oneOf("3.6", "3.4") });
const shape: Check<LabShape> = (value, field) => {
  const given = fields(value);
  const problem = shapeProblem(given);
  return problem === "" ? given : bad(`${field}: ${problem}`);
};

const absolute: Check<string> = (value, field) => {
  const path = anyText(PATH_CHARS_MAX)(value, field);
  return /^(\/|[A-Za-z]:[\\/])/.test(path) && !path.includes("\0") ? path : bad(`${field}: wanted an absolute path`);
};

type Args<K extends keyof LabsCommands> = LabsCommands[K]["args"];

export const labsChecks: { readonly [K in keyof LabsCommands]: (args: unknown) => Args<K> } = {
  "labs.list": record<Args<"labs.list">>({}),
  "labs.create": record<Args<"labs.create">>({ name, shape }),
  "labs.clone": record<Args<"labs.clone">>({ id: labId, name, stopFirst: truth }),
  "labs.rename": record<Args<"labs.rename">>({ id: labId, name }),
  "labs.delete": record<Args<"labs.delete">>({ id: labId, confirm: anyText(1000) }),
  "labs.save": record<Args<"labs.save">>({ id: labId, stopFirst: truth }),
  "labs.import": record<Args<"labs.import">>({ path: absolute, name: nameOrNone }),
  "labs.open": record<Args<"labs.open">>({ id: labId, left: oneOf("runs", "stops") }),
  "labs.stop": record<Args<"labs.stop">>({ id: labId }),
};
