/** Which lab this window shows, kept by the browser for as long as its tab lives: a new connection begins with another one. */
const KEY = "quorum-lab.lab";

/** "": whichever the host shows first */
export function wantedLab(): string {
  try {
    return sessionStorage.getItem(KEY) ?? "";
  } catch {
    // storage is off: the window begins with the first lab each time
    return "";
  }
}

export function wantLab(id: string): void {
  try {
    if (id === "") sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, id);
  } catch {
    return;
  }
}
