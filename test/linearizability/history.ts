/** What clients did and what they were told, with the times at which they began and were answered: the input of the check. */

export interface Operation<Input, Output> {
  /** who did it: for people who read a failure */
  readonly client: string;
  readonly input: Input;
  /** undefined: nobody knows whether it was done, and with what result */
  output: Output | undefined;
  /** Times of one clock, all different. */
  readonly called: number;
  /** Infinity as long as no answer came. */
  returned: number;
}

/** Gathers operations as they begin and end. Its clock only counts, so order is all that its times tell. */
export class History<Input, Output> {
  readonly operations: Operation<Input, Output>[] = [];
  private time = 0;

  call(client: string, input: Input): Operation<Input, Output> {
    const operation: Operation<Input, Output> = { client, input, output: undefined, called: this.time++, returned: Infinity };
    this.operations.push(operation);
    return operation;
  }

  return(operation: Operation<Input, Output>, output: Output): void {
    operation.output = output;
    operation.returned = this.time++;
  }

  /** It was certainly not done, or it was a read whose answer never came: nobody can have seen anything of it. */
  forget(operation: Operation<Input, Output>): void {
    this.operations.splice(this.operations.lastIndexOf(operation), 1);
  }
}
