/** The command line of `quorum-lab lab`. */
import { LAB_TEMPLATES, type LabShape, shapeProblem } from "../../lab/contract/labs.ts";

export type LabRequest =
  | { readonly verb: "list" }
  | { readonly verb: "create"; readonly name: string; readonly shape: LabShape }
  | { readonly verb: "clone" | "rename"; readonly lab: string; readonly name: string }
  | { readonly verb: "delete"; readonly lab: string; readonly confirm: string | undefined }
  | { readonly verb: "save"; readonly lab: string; readonly file: string | undefined }
  | { readonly verb: "open"; readonly file: string; readonly name: string };

export interface LabArguments {
  readonly command: "lab";
  /** undefined: the one in the user's data directory */
  readonly library: string | undefined;
  readonly json: boolean;
  readonly request: LabRequest;
}

export const LAB_USAGE = `  quorum-lab lab list [--json]
      the labs of your library; --labs DIR takes another folder for the library, with start and sh too
  quorum-lab lab create NAME [--template ${LAB_TEMPLATES.map((one) => one.id).join("|")}]
             [--members N] [--learners N] [--spare N] [--tls] [--auth] [--flags 3.6|3.4]
      a new lab; start it with quorum-lab --lab NAME
  quorum-lab lab clone NAME NEW-NAME, lab rename NAME NEW-NAME, lab delete NAME [--confirm NAME]
      of labs that are not open; delete asks for the name
  quorum-lab lab save NAME [FILE], lab open FILE [NAME]
      a lab as one file, and a lab from such a file
`;

export const LAB_VALUED = ["--labs", "--template", "--learners", "--spare", "--flags", "--confirm"] as const;
export const LAB_PLAIN = ["--tls", "--auth"] as const;

/**
 * @param fail throws a usage error
 * @param count a whole number of an option
 */
export function labArguments(
  words: readonly string[],
  values: ReadonlyMap<string, string>,
  flags: ReadonlySet<string>,
  { fail, count }: { readonly fail: (message: string) => never; readonly count: (name: string, initial: number, min: number, max: number) => number },
): LabArguments {
  const [verb = "list", ...rest] = words;
  const take = (least: number, most: number, what: string): readonly string[] => (rest.length >= least && rest.length <= most ? rest : fail(`lab ${verb} takes ${what}`));
  const request = (): LabRequest => {
    switch (verb) {
      case "list":
        take(0, 0, "no names");
        return { verb };
      case "create":
        return { verb, name: take(1, 1, "a name")[0]!, shape: shapeOf(values, flags, { fail, count }) };
      case "clone":
      case "rename": {
        const [lab = "", name = ""] = take(2, 2, "the name of a lab, and a new one");
        return { verb, lab, name };
      }
      case "delete":
        return { verb, lab: take(1, 1, "the name of a lab")[0]!, confirm: values.get("--confirm") };
      case "save": {
        const [lab = "", file] = take(1, 2, "the name of a lab, and a file or none");
        return { verb, lab, file };
      }
      case "open": {
        const [file = "", name = ""] = take(1, 2, "a file, and a name or none");
        return { verb, file, name };
      }
      default:
        return fail("lab takes one of list, create, clone, rename, delete, save, open");
    }
  };
  return { command: "lab", library: values.get("--labs"), json: flags.has("--json"), request: request() };
}

function shapeOf(
  values: ReadonlyMap<string, string>,
  flags: ReadonlySet<string>,
  { fail, count }: { readonly fail: (message: string) => never; readonly count: (name: string, initial: number, min: number, max: number) => number },
): LabShape {
  const wanted = values.get("--template") ?? LAB_TEMPLATES[0]!.id;
  const template = LAB_TEMPLATES.find((one) => one.id === wanted);
  if (template === undefined) return fail(`--template is one of ${LAB_TEMPLATES.map((one) => one.id).join(", ")}`);
  const { shape } = template;
  const style = values.get("--flags") ?? shape.flags;
  if (style !== "3.6" && style !== "3.4") return fail("--flags is 3.6 or 3.4");
  const made: LabShape = {
    voters: count("--members", shape.voters, 0, 9),
    learners: count("--learners", shape.learners, 0, 2),
    spare: count("--spare", shape.spare, 0, 9),
    tls: shape.tls || flags.has("--tls"),
    auth: shape.auth || flags.has("--auth"),
    flags: style,
  };
  const problem = shapeProblem(made);
  return problem === "" ? made : fail(problem);
}
