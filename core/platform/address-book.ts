/**
 * Names and addresses as one host of a lab sees them. Outside a lab nothing is rewritten.
 * Inside, `localhost` and `127.0.0.1` mean the host itself, hosts resolve by name, and where the system gives only one
 * loopback address a host's ports are other ports on it. URLs stay as they were written (ids are hashes of them); only
 * the moment of dialling or listening asks the book.
 */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface AddressBook {
  /** Where to dial or listen for what is written as `address`. */
  resolve(address: Address): Address;
}

/** The book of a program outside a lab. */
export const plainAddressBook: AddressBook = { resolve: (address) => address };
