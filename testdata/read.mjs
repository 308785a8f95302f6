// Reads the files of this folder by their path in it. testdata.go is the same helper for Go.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The path of a file, for programs that take a path. */
export const path = (name) => fileURLToPath(new URL(name, import.meta.url));

export const read = (name) => readFileSync(path(name), 'utf8');

export const json = (name) => JSON.parse(read(name));

/** The vectors of a file in vectors. */
export const vectors = (name) => json(`vectors/${name}.json`).vectors;
