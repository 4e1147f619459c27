/** The ways a value can be looked at. */
export type ValueFormat = "text" | "json" | "hex";
