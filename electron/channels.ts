/** The names of the IPC channels between the main process and the preload: three words, and nothing else passes. */

/** window to main: it is ready, or missed something, and wants a snapshot */
export const HELLO = "quorum-lab:hello";
/** window to main: one command frame */
export const COMMAND = "quorum-lab:command";
/** window to main: it has taken so many frames */
export const TAKEN = "quorum-lab:taken";
/** main to window: one frame */
export const FRAME = "quorum-lab:frame";

/** Where the window's files are served: a scheme of our own, so that the page has an origin and a policy. */
export const SCHEME = "quorum-lab";
export const ORIGIN = `${SCHEME}://window`;
