// Writes a page for each name into a directory: build.mjs DIRECTORY.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { page } from "./page.mjs";

const names = (await readFile(new URL("names.txt", import.meta.url), "utf8")).trim().split("\n");
for (const [index, name] of names.entries()) {
	await writeFile(join(process.argv[2], `${index}.html`), page(name));
}
console.log(`${names.length} pages`);
