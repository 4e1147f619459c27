/** What cannot be: the log and the membership contradict each other, or a file says what it may not say. Ends the member. */
export class MembershipError extends Error {
  override readonly name = "MembershipError";
  constructor(
    readonly code: "membership.unknown_member" | "membership.bad_context" | "membership.bad_store",
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
