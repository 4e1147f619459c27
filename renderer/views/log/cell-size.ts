/** Sizes of the log's grid, in pixels. */
export const CELL_WIDTH = 20;
export const CELL_PITCH = 22;
export const HEAD_WIDTH = 128;
